/** Columns of an account's movements. */
import type { Movement } from '@tillproof/shared/api/statements.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { sideOf } from '../../parts/balance.ts'
import { BalanceText } from '../../parts/balance-text.tsx'
import { instantText } from '../../parts/format.ts'
import { MoneyText, TimeText } from '../../parts/text.tsx'

export function useMovementColumns(currency: string): TableColumnsType<Movement> {
  const { t } = useTranslation()
  const amountOn = (side: Movement['side']) => (_: unknown, each: Movement) =>
    each.side === side ? <Amount movement={each} currency={currency} /> : null
  return [
    { title: t('statements.what'), render: (_, each) => <What movement={each} /> },
    { title: t('statements.in'), align: 'end', render: amountOn('credit') },
    { title: t('statements.out'), align: 'end', render: amountOn('debit') },
    {
      title: t('statements.balance'),
      align: 'end',
      render: (_, each) => (
        <BalanceText balance={sideOf(BigInt(each.balanceMinor))} currency={currency} />
      ),
    },
  ]
}

/** Held amounts stand aside: they do not move the balance. */
function Amount({ movement, currency }: { movement: Movement; currency: string }) {
  const { t } = useTranslation()
  const { amountMinor, phase } = movement
  const money = <MoneyText money={{ amountMinor, currency }} />
  if (phase === 'posted') return money
  return (
    <span className="muted">
      {money} <span className="small">{t(`statements.${phase}`)}</span>
    </span>
  )
}

function What({ movement }: { movement: Movement }) {
  const { t } = useTranslation()
  const word = useWord()
  const language = useLanguage()
  const { kind, saleId, businessId, agreement, at, bookedAt } = movement
  const name = word('movementKind', kind)
  const isLate = Date.parse(bookedAt) - Date.parse(at) > LATE_MS
  return (
    <div className="movement">
      <span>
        {saleId ? <Link to={`/sales/${saleId}`}>{name}</Link> : name}
        {isLate ? (
          <span className="muted small">
            {' '}
            {t('statements.happened', { time: instantText(at, language) })}
          </span>
        ) : null}
      </span>
      <span className="muted small">
        <TimeText at={bookedAt} />
      </span>
      <span className="muted small">
        <code>{businessId}</code>
      </span>
      {agreement ? (
        <Link className="small" to={`/agreements/${agreement.id}/${agreement.version}`}>
          {t('statements.agreement', { version: agreement.version })}
        </Link>
      ) : null}
    </div>
  )
}

/** What is booked within the hour needs no second time beside it. */
const LATE_MS = 3_600_000
