/** What stands on each account at the end of a day: one's own first, then those one may see. */
import type { Balance } from '@tillproof/shared/api/statements.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { AccountName } from '../../parts/account-name.tsx'
import { balanceOf, sideOf } from '../../parts/balance.ts'
import { BalanceText } from '../../parts/balance-text.tsx'
import { dayOf, instantsOf, isDay } from '../../parts/days.ts'
import { DayInput } from '../../parts/days-choice.tsx'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { statementPath } from '../../parts/statement-path.ts'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { useFilter } from '../../parts/use-filter.ts'

export function StatementsPage() {
  const { t } = useTranslation()
  const filter = useFilter()
  const today = dayOf(new Date())
  const day = isDay(filter.get('day')) ? filter.get('day') : today
  const { loaded, reload } = useAnswer(`balances ${day}`, signal =>
    api.balances(instantsOf({ first: day, last: day }).to, signal),
  )
  useReloadOn(['sale'], reload)
  return (
    <Page
      title={t('statements.title')}
      about={t('statements.about')}
      actions={
        <DayInput
          label={t('statements.endOf')}
          value={day}
          max={today}
          onChange={chosen => filter.set('day', chosen === today ? '' : chosen)}
        />
      }
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => <Balances balances={items} />}
      </LoadedView>
    </Page>
  )
}

function Balances({ balances }: { balances: readonly Balance[] }) {
  const { t } = useTranslation()
  const { organisation } = useSession()
  const own = balances.filter(each => each.partyId === organisation.id)
  const others = balances.filter(each => each.partyId !== organisation.id)
  if (balances.length === 0) {
    return <EmptyView title={t('statements.none')} next={t('statements.noneNext')} />
  }
  return (
    <>
      {own.length === 0 ? null : <BalanceCard title={t('statements.own')} balances={own} />}
      {others.length === 0 ? null : (
        <BalanceCard title={t('statements.others')} balances={others} />
      )}
    </>
  )
}

type BalanceCardProps = { title: string; balances: readonly Balance[] }

function BalanceCard({ title, balances }: BalanceCardProps) {
  const { t } = useTranslation()
  const columns = useColumns({
    held: balances.some(each => heldMinor(each) !== 0n),
    book: new Set(balances.map(({ bookId }) => bookId)).size > 1,
  })
  return (
    <Card flush title={title}>
      <List
        label={title}
        rows={balances}
        rowKey={each => `${each.bookId} ${each.path} ${each.currency}`}
        columns={columns}
        wraps
        empty={{ title: t('statements.none'), next: t('statements.noneNext') }}
      />
    </Card>
  )
}

/** Credits held less debits held: not booked yet. */
const heldMinor = ({ creditsPending, debitsPending }: Balance): bigint =>
  BigInt(creditsPending) - BigInt(debitsPending)

/** What is held, and whose book it is, have columns only where they say something. */
function useColumns(show: { held: boolean; book: boolean }): TableColumnsType<Balance> {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const book: TableColumnsType<Balance> = [
    { title: t('statements.book'), render: (_, { bookId }) => nameOf(bookId) },
  ]
  const held: TableColumnsType<Balance> = [
    {
      title: t('statements.held'),
      align: 'end',
      render: (_, each) => (
        <BalanceText balance={sideOf(heldMinor(each))} currency={each.currency} />
      ),
    },
  ]
  return [
    {
      title: t('ledger.account'),
      render: (_, each) => (
        <AccountName path={each.path} nameOf={nameOf} to={statementPath(each)} />
      ),
    },
    ...(show.book ? book : []),
    {
      title: t('statements.balance'),
      align: 'end',
      render: (_, each) => <BalanceText balance={balanceOf(each)} currency={each.currency} />,
    },
    ...(show.held ? held : []),
  ]
}
