/** Signs a version with a key from a file, or with the wallet of the browser if it has one. */
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Alert, Button, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useSession } from '../../app/session.tsx'
import { ProblemView } from '../../parts/states.tsx'
import { browserWallet, type KeySigning, signWithKey, signWithWallet } from './signing.ts'

type SignProps = { agreement: Agreement; onClose: () => void; onSigned: () => void }

export function SignAgreement({ agreement, onClose, onSigned }: SignProps) {
  const { t } = useTranslation()
  const { cloudName, organisation } = useSession()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const { terms } = agreement
  const own = terms.parties.find(each => each.organisationId === organisation.id)
  const wanted = own?.signer ?? ''
  const give = async (signing: Promise<KeySigning>) => {
    setBusy(true)
    setRefusal(null)
    setProblem(null)
    const signed = await signing
    if ('signature' in signed) {
      const { id, version } = agreement
      const answer = await api.signAgreement(id, { version, signature: signed.signature })
      setBusy(false)
      if (answer.ok) return onSigned()
      return setProblem(answer.problem)
    }
    setBusy(false)
    setRefusal(t(`agreements.${signed.refused}`, { wanted, ...signed }))
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
            if (file) void give(file.text().then(text => signWithKey(text, terms, cloudName)))
          }}
        />
      </label>
      {wallet === undefined ? null : (
        <Button
          className="spaced-top"
          loading={busy}
          onClick={() => void give(signWithWallet(wallet, terms, cloudName, wanted))}
        >
          {t('agreements.wallet')}
        </Button>
      )}
      {refusal === null ? null : <Alert type="error" showIcon role="alert" title={refusal} />}
      {problem === null ? null : <ProblemView problem={problem} />}
    </Modal>
  )
}
