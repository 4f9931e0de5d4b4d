/** The accounts, and whether they balance. */
import type { Account } from '@tillproof/shared/api/money.ts'
import { Input, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { AccountName } from '../../parts/account-name.tsx'
import { byText, List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'
import { matches, useFilter } from '../../parts/use-filter.ts'
import { balanceOf } from './balance.ts'
import { TrialBalance } from './trial-balance.tsx'

export function LedgerPage() {
  const { t } = useTranslation()
  const filter = useFilter()
  const columns = useAccountColumns()
  const { loaded, reload, more } = usePages('accounts', api.accounts)
  useReloadOn(['sale'], reload)
  return (
    <Page title={t('ledger.title')} about={t('ledger.about')}>
      <TrialBalance />
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
          {({ items }) => (
            <List
              label={t('ledger.account')}
              rows={items.filter(account => matches(filter.get('q'), account.path))}
              rowKey={account => `${account.bookId} ${account.path} ${account.currency}`}
              columns={columns}
              empty={
                items.length > 0
                  ? { title: t('portfolio.noMatch'), next: t('portfolio.noMatchNext') }
                  : { title: t('ledger.none'), next: t('ledger.noneNext') }
              }
              onMore={more}
            />
          )}
        </LoadedView>
      </Card>
    </Page>
  )
}

function useAccountColumns(): TableColumnsType<Account> {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const sum = (of: (account: Account) => string) => (_: unknown, account: Account) => (
    <MoneyText money={{ amountMinor: of(account), currency: account.currency }} />
  )
  return [
    {
      title: t('ledger.account'),
      sorter: byText(account => account.path),
      render: (_, { path }) => <AccountName path={path} nameOf={nameOf} />,
    },
    { title: t('ledger.debits'), align: 'end', render: sum(account => account.debitsPosted) },
    { title: t('ledger.credits'), align: 'end', render: sum(account => account.creditsPosted) },
    {
      title: t('ledger.balance'),
      align: 'end',
      render: (_, account) => <BalanceText account={account} />,
    },
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
}

function BalanceText({ account }: { account: Account }) {
  const { t } = useTranslation()
  const { side, amountMinor } = balanceOf(account)
  return (
    <>
      <MoneyText money={{ amountMinor, currency: account.currency }} />
      {side === 'none' ? null : (
        <span className="muted small">
          {' '}
          {t(side === 'debit' ? 'ledger.debitSide' : 'ledger.creditSide')}
        </span>
      )}
    </>
  )
}
