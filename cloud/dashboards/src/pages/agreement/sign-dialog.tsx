/** Signs a document with a key from a file, or with the wallet of the browser if it has one. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Alert, Button, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../../api/client.ts'
import { ProblemView } from '../../parts/states.tsx'
import {
  browserWallet,
  type KeySigning,
  type Signable,
  signWithKey,
  signWithWallet,
} from './signing.ts'

type SignProps = {
  signable: Signable
  /** The address whose signature is wanted. */
  wanted: string
  give: (signature: string) => Promise<Answer<unknown>>
  onClose: () => void
  onSigned: () => void
}

export function SignDialog({ signable, wanted, give, onClose, onSigned }: SignProps) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const signAndGive = async (signing: Promise<KeySigning>) => {
    setBusy(true)
    setRefusal(null)
    setProblem(null)
    const signed = await signing
    const answer = 'signature' in signed ? await give(signed.signature) : null
    setBusy(false)
    if ('refused' in signed) setRefusal(t(`agreements.${signed.refused}`, { wanted, ...signed }))
    else if (answer?.ok === false) setProblem(answer.problem)
    else onSigned()
  }
  const wallet = browserWallet()
  return (
    <Modal open footer={null} title={t('agreements.signWith')} onCancel={onClose}>
      <p>{t('agreements.signText')}</p>
      <label className="file">
        <span>{t('agreements.keyFile')}</span>
        <input
          type="file"
          disabled={busy}
          onChange={({ target }) => {
            const [file] = target.files ?? []
            if (file) void signAndGive(file.text().then(text => signWithKey(text, signable)))
          }}
        />
      </label>
      {wallet === undefined ? null : (
        <Button
          className="spaced-top"
          loading={busy}
          onClick={() => void signAndGive(signWithWallet(wallet, signable, wanted))}
        >
          {t('agreements.wallet')}
        </Button>
      )}
      {refusal === null ? null : <Alert type="error" showIcon role="alert" title={refusal} />}
      {problem === null ? null : <ProblemView problem={problem} />}
    </Modal>
  )
}
