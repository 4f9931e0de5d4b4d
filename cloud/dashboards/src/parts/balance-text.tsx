/** A balance with the side on which it stands, in words. */
import { useTranslation } from 'react-i18next'
import type { BookBalance } from './balance.ts'
import { MoneyText } from './text.tsx'

type BalanceProps = { balance: BookBalance; currency: string }

export function BalanceText({ balance: { side, amountMinor }, currency }: BalanceProps) {
  const { t } = useTranslation()
  return (
    <span className="nowrap">
      <MoneyText money={{ amountMinor, currency }} />
      {side === 'none' ? null : (
        <span className="muted small">
          {' '}
          {t(side === 'debit' ? 'ledger.debitSide' : 'ledger.creditSide')}
        </span>
      )}
    </span>
  )
}
