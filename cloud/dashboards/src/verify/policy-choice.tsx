/** Whose trust policy the check uses: the cloud's, with a warning, or the reader's own. */
import { UploadOutlined } from '@ant-design/icons'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Alert, Button, Input, Segmented } from 'antd'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../api/use-answer.ts'
import { api } from '../app/api.ts'
import { LoadedView, ProblemView } from '../parts/states.tsx'
import { CopyableId } from '../parts/text.tsx'
import { MAX_POLICY_BYTES } from './own-policy.ts'
import { type PolicySource, policyFingerprint } from './policy.ts'
import { isBlock, type TrustControl } from './trust.ts'

const sources = { cloud: 'fromCloud', own: 'own' } as const

export function PolicyChoice({ trust, change }: Pick<TrustControl, 'trust' | 'change'>) {
  const { t } = useTranslation()
  const { source, own, block } = trust
  return (
    <fieldset className="policy">
      <legend>{t('verify.policy')}</legend>
      <p className="plain muted">{t('verify.policyAbout')}</p>
      <Segmented<PolicySource>
        aria-label={t('verify.policy')}
        value={source}
        options={(['cloud', 'own'] as const).map(value => ({
          value,
          label: t(`verify.${sources[value]}`),
        }))}
        onChange={chosen => change({ source: chosen })}
      />
      {source === 'cloud' ? (
        <CloudPolicy />
      ) : (
        <OwnPolicy own={own} onOwn={text => change({ own: text })} />
      )}
      <BlockInput block={block} onBlock={text => change({ block: text })} />
    </fieldset>
  )
}

function CloudPolicy() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('policy', api.policy)
  return (
    <>
      <Alert
        type="warning"
        showIcon
        role="note"
        title={t('verify.cloudWarning')}
        description={t('verify.cloudWarningNext')}
      />
      <details>
        <summary>{t('verify.show')}</summary>
        <LoadedView loaded={loaded} onRetry={reload}>
          {text => (
            <>
              <pre className="raw">{text}</pre>
              <Fingerprint text={text} />
            </>
          )}
        </LoadedView>
      </details>
    </>
  )
}

function OwnPolicy({ own, onOwn }: { own: string; onOwn: (text: string) => void }) {
  const { t } = useTranslation()
  const file = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return
    const fits = chosen.size <= MAX_POLICY_BYTES
    setProblem(fits ? null : tooLarge)
    if (fits) onOwn(await chosen.text())
  }
  return (
    <>
      <p className="plain muted" id="own-policy-hint">
        {t('verify.ownHint')}
      </p>
      <Input.TextArea
        className="mono"
        rows={6}
        aria-label={t('verify.ownLabel')}
        aria-describedby="own-policy-hint"
        value={own}
        spellCheck={false}
        maxLength={MAX_POLICY_BYTES}
        onChange={event => onOwn(event.target.value)}
      />
      {problem ? <ProblemView problem={problem} /> : null}
      <div className="filters">
        <input
          ref={file}
          type="file"
          className="hidden-text"
          tabIndex={-1}
          aria-hidden="true"
          onChange={event => void choose(event.target.files?.[0])}
        />
        <Button icon={<UploadOutlined aria-hidden />} onClick={() => file.current?.click()}>
          {t('verify.choose')}
        </Button>
        {own === '' ? null : <Button onClick={() => onOwn('')}>{t('verify.forget')}</Button>}
      </div>
      {own === '' ? null : <Fingerprint text={own} />}
    </>
  )
}

/** A block that the reader knows to be the chain's stands in for a node that cannot be asked. */
function BlockInput({ block, onBlock }: { block: string; onBlock: (text: string) => void }) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <div className="block">
      <label htmlFor={id}>{t('verify.block')}</label>
      <Input
        id={id}
        className="mono"
        value={block}
        placeholder="0x"
        maxLength={80}
        spellCheck={false}
        status={isBlock(block) ? '' : 'error'}
        aria-invalid={!isBlock(block)}
        aria-describedby={`${id}-hint`}
        onChange={event => onBlock(event.target.value)}
      />
      <span className="muted small" id={`${id}-hint`}>
        {t('verify.blockHint')}
      </span>
    </div>
  )
}

function Fingerprint({ text }: { text: string }) {
  const { t } = useTranslation()
  return (
    <p className="plain small">
      <span className="muted">{t('verify.fingerprint')}</span>{' '}
      <CopyableId short value={policyFingerprint(text)} what={t('verify.fingerprint')} />
    </p>
  )
}

const tooLarge: Problem = {
  code: 'policy.no-file',
  title: 'The file is too large.',
  next: 'Choose a text file of at most 64 KB.',
}
