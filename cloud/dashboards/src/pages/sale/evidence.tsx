/** How far the cloud says the proof has come: in its log, cosigned, anchored. */
import { CheckCircleOutlined, ClockCircleOutlined } from '@ant-design/icons'
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { useTranslation } from 'react-i18next'
import { Mark } from '../../parts/marks.tsx'
import { Card } from '../../parts/page.tsx'

const steps = ['logged', 'witnessed', 'anchored'] as const

export function Evidence({ evidence }: { evidence: SaleDetail['evidence'] }) {
  const { t } = useTranslation()
  return (
    <Card title={t('sale.evidence')}>
      <ul className="steps">
        {steps.map(step => (
          <li key={step}>
            <div>
              <strong>{t(`sale.${step}`)}</strong>
              <div className="muted small">{t(`sale.${step}Why`)}</div>
            </div>
            {evidence[step] ? (
              <Mark tone="good" icon={<CheckCircleOutlined />}>
                {t('sale.yes')}
              </Mark>
            ) : (
              <Mark tone="quiet" icon={<ClockCircleOutlined />}>
                {t('sale.notYet')}
              </Mark>
            )}
          </li>
        ))}
      </ul>
      <p className="plain muted small">{t('sale.saidByCloud')}</p>
    </Card>
  )
}
