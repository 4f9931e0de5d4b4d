/** Ahead of or behind the plan, in words, with an arrow and the exact difference. */
import { ArrowDownOutlined, ArrowUpOutlined, CheckOutlined } from '@ant-design/icons'
import type { Money } from '@tillproof/shared/api/fields.ts'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../app/i18n/i18n.ts'
import { signedMoneyText } from './format.ts'
import { Mark } from './marks.tsx'

export function PlanMark({ repaid, planned }: { repaid: Money; planned: Money }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const difference = BigInt(repaid.amountMinor) - BigInt(planned.amountMinor)
  const money = { amountMinor: String(difference), currency: repaid.currency }
  if (difference === 0n) {
    return (
      <Mark tone="good" icon={<CheckOutlined />}>
        {t('loan.onPlan')}
      </Mark>
    )
  }
  const ahead = difference > 0n
  return (
    <Mark
      tone={ahead ? 'good' : 'attention'}
      icon={ahead ? <ArrowUpOutlined /> : <ArrowDownOutlined />}
    >
      {t(ahead ? 'loan.ahead' : 'loan.behind')}{' '}
      <span className="number">{signedMoneyText(money, language)}</span>
    </Mark>
  )
}
