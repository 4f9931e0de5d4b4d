/**
 * The check of any proof bundle, for anybody: no account is needed, and the file stays in the
 * browser. What is checked and by whose word, `verify/` knows; a sale's own page shows more.
 */
import { FileProtectOutlined, SafetyCertificateOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { type DragEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Brand } from '../../app/layout.tsx'
import { LanguageSwitch } from '../../parts/language-switch.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { verifyInBackground } from '../../verify/background.ts'
import { readablePolicy } from '../../verify/policy.ts'
import { PolicyChoice } from '../../verify/policy-choice.tsx'
import type { Verification } from '../../verify/report-view.tsx'
import { RunView } from '../../verify/run-view.tsx'
import { useRunning } from '../../verify/running.ts'
import { useTrust } from '../../verify/trust.ts'
import { ProvenEvents } from './proven-events.tsx'

export function VerifyPage() {
  const { t } = useTranslation()
  return (
    <main className="open-page">
      <div className="open-head">
        <Brand />
        <Link to="/">{t('verifyFile.toDashboard')}</Link>
        <LanguageSwitch />
      </div>
      <Page title={t('verifyFile.title')} about={t('verifyFile.about')}>
        <FileCheck />
      </Page>
    </main>
  )
}

function FileCheck() {
  const { t } = useTranslation()
  const { trust, change, isUsable, policy } = useTrust()
  const { running, start, stop } = useRunning<Verification>()
  const [file, setFile] = useState<File | null>(null)
  const choose = (chosen: File | undefined) => {
    stop()
    setFile(chosen ?? null)
  }
  const verify = (bundle: File) =>
    start(async watch => {
      const given = await policy()
      const readable = given.ok ? readablePolicy(given.value) : given
      if (!readable.ok) return readable
      const request = { bundle, policy: readable.value, block: trust.block }
      const report = await verifyInBackground(request, watch)
      if (!report.ok) return report
      const { source } = trust
      const at = new Date().toISOString()
      return { ok: true, value: { report: report.value, page: [], source, at } }
    })
  return (
    <Card title={t('verify.title')}>
      <BundleDrop file={file} onChoose={choose} />
      <PolicyChoice trust={trust} change={change} />
      <div className="filters verify-actions">
        <Button
          type="primary"
          size="large"
          icon={<SafetyCertificateOutlined aria-hidden />}
          loading={running.state === 'busy'}
          disabled={!isUsable || file === null}
          onClick={() => file && verify(file)}
        >
          {t(running.state === 'done' ? 'verify.again' : 'verify.verify')}
        </Button>
      </div>
      <RunView running={running} onStop={stop} />
      {running.state === 'done' && running.answer.ok ? (
        <ProvenEvents report={running.answer.value.report} />
      ) : null}
    </Card>
  )
}

type DropProps = { file: File | null; onChoose: (file: File | undefined) => void }

/** A place to drop a file on, which is also the label of an ordinary file input. */
function BundleDrop({ file, onChoose }: DropProps) {
  const { t } = useTranslation()
  const drop = (event: DragEvent) => {
    event.preventDefault()
    onChoose(event.dataTransfer.files[0])
  }
  return (
    <label className="drop" onDragOver={event => event.preventDefault()} onDrop={drop}>
      <FileProtectOutlined aria-hidden />
      <span>{t('verifyFile.choose')}</span>
      <input
        className="hidden-text"
        type="file"
        accept=".json,.cbor,application/json,application/cbor"
        onChange={event => onChoose(event.target.files?.[0])}
      />
      <strong>{file?.name ?? t('verifyFile.none')}</strong>
    </label>
  )
}
