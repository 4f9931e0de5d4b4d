/** What each owner is still owed by the payment companies, and what it can draw on, now. */
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { AsOf, Why } from '../../parts/figure.tsx'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'
import { type Standing, standingsOf } from './standing.ts'

export function StandingCard() {
  const { t } = useTranslation()
  const columns = useColumns()
  const { loaded, reload } = useAnswer('standing', async signal => {
    const asOf = new Date().toISOString()
    const answer = await api.balances(asOf, signal)
    return answer.ok ? { ok: true, value: { asOf, rows: standingsOf(answer.value.items) } } : answer
  })
  useReloadOn(['sale'], reload)
  return (
    <Card
      flush
      title={t('takings.standing')}
      extra={
        loaded.state === 'ready' ? (
          <>
            <AsOf at={loaded.value.asOf} />
            <Why
              name={t('takings.standing')}
              definition={t('takings.standingWhy')}
              asOf={loaded.value.asOf}
            />
          </>
        ) : null
      }
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ rows }) => (
          <List
            label={t('takings.standing')}
            rows={rows}
            rowKey={each => `${each.bookId} ${each.family} ${each.owner} ${each.currency}`}
            columns={columns}
            wraps
            empty={{ title: t('takings.noShares'), next: t('takings.noSharesNext') }}
          />
        )}
      </LoadedView>
    </Card>
  )
}

function useColumns(): TableColumnsType<Standing> {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const sum = (of: (each: Standing) => bigint) => (_: unknown, each: Standing) => (
    <MoneyText money={{ amountMinor: String(of(each)), currency: each.currency }} />
  )
  return [
    {
      title: t('takings.party'),
      render: (_, { family, owner }) => (family === 'facility' ? t('takings.loan') : nameOf(owner)),
    },
    { title: t('takings.pending'), align: 'end', render: sum(each => each.pendingMinor) },
    { title: t('takings.available'), align: 'end', render: sum(each => each.availableMinor) },
  ]
}
