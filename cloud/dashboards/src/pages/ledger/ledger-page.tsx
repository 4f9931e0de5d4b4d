/** The accounts, and whether they balance. */
import type { Account } from '@tillproof/shared/api/money.ts'
import type { Organisation } from '@tillproof/shared/api/people.ts'
import { Input, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { AccountName } from '../../parts/account-name.tsx'
import { balanceOf } from '../../parts/balance.ts'
import { BalanceText } from '../../parts/balance-text.tsx'
import { byText, List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { statementPath } from '../../parts/statement-path.ts'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'
import { matches, useFilter } from '../../parts/use-filter.ts'
import { TrialBalance } from './trial-balance.tsx'

export function LedgerPage() {
  const { t } = useTranslation()
  const filter = useFilter()
  const { organisation } = useSession()
  const { loaded, reload, more } = usePages('accounts', api.accounts)
  useReloadOn(['sale'], reload)
  return (
    <Page title={t('ledger.title')} about={t('ledger.about')}>
      {mayRecount.includes(organisation.kind) ? <TrialBalance /> : null}
      <Card
        flush
        title={t('ledger.account')}
        extra={
          <Input.Search
            className="search"
            allowClear
            aria-label={t('state.search')}
            placeholder={t('ledger.searchAccounts')}
            value={filter.get('q')}
            onChange={event => filter.set('q', event.target.value)}
          />
        }
      >
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => <Accounts accounts={items} onMore={more} />}
        </LoadedView>
      </Card>
    </Page>
  )
}

/** Whom the cloud lets recount the books. */
const mayRecount: readonly Organisation['kind'][] = ['operator', 'platform']

type AccountsProps = { accounts: readonly Account[]; onMore: (() => void) | null }

function Accounts({ accounts, onMore }: AccountsProps) {
  const { t } = useTranslation()
  const filter = useFilter()
  const columns = useAccountColumns(accounts.some(isPending))
  return (
    <List
      label={t('ledger.account')}
      rows={accounts.filter(account => matches(filter.get('q'), account.path))}
      rowKey={account => `${account.bookId} ${account.path} ${account.currency}`}
      columns={columns}
      empty={
        accounts.length > 0
          ? { title: t('portfolio.noMatch'), next: t('portfolio.noMatchNext') }
          : { title: t('ledger.none'), next: t('ledger.noneNext') }
      }
      onMore={onMore}
    />
  )
}

function isPending({ debitsPending, creditsPending }: Account): boolean {
  return debitsPending !== '0' || creditsPending !== '0'
}

/** Pending sums have columns only where there are any. */
function useAccountColumns(withPending: boolean): TableColumnsType<Account> {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const sum = (of: (account: Account) => string) => (_: unknown, account: Account) => (
    <MoneyText money={{ amountMinor: of(account), currency: account.currency }} />
  )
  const pending: TableColumnsType<Account> = [
    {
      title: t('ledger.pendingDebits'),
      align: 'end',
      render: sum(account => account.debitsPending),
    },
    {
      title: t('ledger.pendingCredits'),
      align: 'end',
      render: sum(account => account.creditsPending),
    },
  ]
  return [
    {
      title: t('ledger.account'),
      sorter: byText(account => account.path),
      render: (_, account) => (
        <AccountName path={account.path} nameOf={nameOf} to={statementPath(account)} />
      ),
    },
    { title: t('ledger.debits'), align: 'end', render: sum(account => account.debitsPosted) },
    { title: t('ledger.credits'), align: 'end', render: sum(account => account.creditsPosted) },
    {
      title: t('ledger.balance'),
      align: 'end',
      render: (_, account) => (
        <BalanceText balance={balanceOf(account)} currency={account.currency} />
      ),
    },
    ...(withPending ? pending : []),
  ]
}
