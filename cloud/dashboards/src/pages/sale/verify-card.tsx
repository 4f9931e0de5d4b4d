/** The check of a sale's proof in the reader's own browser, and the way to do it without us. */
import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons'
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { bundlePath } from '../../api/resources.ts'
import { api } from '../../app/api.ts'
import { Card } from '../../parts/page.tsx'
import { CopyButton } from '../../parts/text.tsx'
import { verifyInBackground } from '../../verify/background.ts'
import { PolicyChoice } from '../../verify/policy-choice.tsx'
import type { Verification } from '../../verify/report-view.tsx'
import { RunView } from '../../verify/run-view.tsx'
import { useRunning } from '../../verify/running.ts'
import { useTrust } from '../../verify/trust.ts'
import { verifySale } from './verify.ts'

export function VerifyCard({ sale }: { sale: SaleDetail }) {
  const saleId = sale.id
  const { t } = useTranslation()
  const { trust, change, isUsable, policy } = useTrust()
  const { running, start, stop } = useRunning<Verification>()
  const verify = () =>
    start(watch =>
      verifySale({
        sale,
        source: trust.source,
        policy,
        bundle: () => api.bundle(saleId, watch.signal),
        verify: (bundle, text) =>
          verifyInBackground({ bundle, policy: text, block: trust.block }, watch),
        now: Date.now,
      }),
    )
  return (
    <Card title={t('verify.title')}>
      <p className="plain muted">{t('verify.about')}</p>
      <PolicyChoice trust={trust} change={change} />
      <div className="filters verify-actions">
        <Button
          type="primary"
          size="large"
          icon={<SafetyCertificateOutlined aria-hidden />}
          loading={running.state === 'busy'}
          disabled={!isUsable}
          onClick={verify}
        >
          {t(running.state === 'done' ? 'verify.again' : 'verify.verify')}
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
      <RunView running={running} onStop={stop} />
      <Offline saleId={saleId} />
    </Card>
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
