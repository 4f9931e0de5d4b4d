/** The check of a sale's proof in the reader's own browser, and the way to do it without us. */
import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons'
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Answer, Refusal } from '../../api/client.ts'
import { bundlePath } from '../../api/resources.ts'
import { api } from '../../app/api.ts'
import { Card } from '../../parts/page.tsx'
import { ProblemView } from '../../parts/states.tsx'
import { CopyButton } from '../../parts/text.tsx'
import { useOwnPolicy } from './own-policy.ts'
import { PolicyChoice } from './policy-choice.tsx'
import { ReportView } from './report-view.tsx'
import { type PolicySource, type Verification, verifySale } from './verify.ts'

type Outcome =
  | { state: 'none' }
  | { state: 'busy' }
  | { state: 'done'; answer: Answer<Verification> }

export function VerifyCard({ sale }: { sale: SaleDetail }) {
  const saleId = sale.id
  const { t } = useTranslation()
  const [own, setOwn] = useOwnPolicy()
  const [source, setSource] = useState<PolicySource>(own === '' ? 'cloud' : 'own')
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' })
  const verify = async () => {
    setOutcome({ state: 'busy' })
    const answer = await verifySale({
      sale,
      source,
      policy: source === 'cloud' ? api.policy : async () => ({ ok: true, value: own }),
      bundle: () => api.bundle(saleId),
      now: Date.now,
    })
    setOutcome({ state: 'done', answer })
  }
  return (
    <Card title={t('verify.title')}>
      <p className="plain muted">{t('verify.about')}</p>
      <PolicyChoice source={source} onSource={setSource} own={own} onOwn={setOwn} />
      <div className="filters verify-actions">
        <Button
          type="primary"
          size="large"
          icon={<SafetyCertificateOutlined aria-hidden />}
          loading={outcome.state === 'busy'}
          disabled={source === 'own' && own.trim() === ''}
          onClick={() => void verify()}
        >
          {t(outcome.state === 'done' ? 'verify.again' : 'verify.verify')}
        </Button>
        <Button
          size="large"
          icon={<DownloadOutlined aria-hidden />}
          href={bundlePath(saleId)}
          download={`${saleId}.bundle.json`}
        >
          {t('verify.download')}
        </Button>
      </div>
      <div aria-live="polite">
        {outcome.state === 'done' ? <OutcomeView answer={outcome.answer} /> : null}
      </div>
      <Offline saleId={saleId} />
    </Card>
  )
}

function OutcomeView({ answer }: { answer: Answer<Verification> }) {
  return answer.ok ? <ReportView verification={answer.value} /> : <RefusedView refusal={answer} />
}

function RefusedView({ refusal }: { refusal: Refusal }) {
  const { problem } = refusal
  return (
    <div className="report" data-refused={problem.code}>
      <ProblemView problem={problem} />
      {typeof problem.detail === 'string' ? <pre className="raw">{problem.detail}</pre> : null}
    </div>
  )
}

function Offline({ saleId }: { saleId: string }) {
  const { t } = useTranslation()
  const command = `npx tillproof verify ${saleId}.bundle.json --policy policy.txt`
  return (
    <div className="offline">
      <span className="muted">{t('verify.offline')}</span>
      <div className="command">
        <pre>{command}</pre>
        <CopyButton value={command} what={t('enrol.command')} />
      </div>
      <span className="muted small">{t('verify.anchoredHint')}</span>
    </div>
  )
}
