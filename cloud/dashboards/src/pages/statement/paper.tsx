/** All movements of a statement for paper: a plain table, oldest first, printed when drawn. */
import type { Statement } from '@tillproof/shared/api/statements.ts'
import { useEffect, useEffectEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useWord } from '../../app/i18n/i18n.ts'
import { sideOf } from '../../parts/balance.ts'
import { BalanceText } from '../../parts/balance-text.tsx'
import { MoneyText, TimeText } from '../../parts/text.tsx'

export function Paper({ statement, onDone }: { statement: Statement; onDone: () => void }) {
  const { t } = useTranslation()
  const word = useWord()
  const done = useEffectEvent(onDone)
  useEffect(() => {
    const stop = () => done()
    window.addEventListener('afterprint', stop, { once: true })
    window.print()
    return () => window.removeEventListener('afterprint', stop)
  }, [])
  const { currency, items } = statement
  const amount = (amountMinor: string) => <MoneyText money={{ amountMinor, currency }} />
  return (
    <table className="legs paper">
      <thead>
        <tr>
          <th scope="col">{t('statements.what')}</th>
          <th scope="col">{t('statements.bookedAt')}</th>
          <th scope="col">{t('statements.in')}</th>
          <th scope="col">{t('statements.out')}</th>
          <th scope="col">{t('statements.balance')}</th>
        </tr>
      </thead>
      <tbody>
        {items.toReversed().map(each => (
          <tr key={`${each.journal}.${each.leg}`}>
            <th scope="row">
              {word('movementKind', each.kind)} <code>{each.businessId}</code>
              {each.phase === 'posted' ? null : ` ${t(`statements.${each.phase}`)}`}
            </th>
            <td>
              <TimeText at={each.bookedAt} />
            </td>
            <td>{each.side === 'credit' ? amount(each.amountMinor) : null}</td>
            <td>{each.side === 'debit' ? amount(each.amountMinor) : null}</td>
            <td>
              <BalanceText balance={sideOf(BigInt(each.balanceMinor))} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
