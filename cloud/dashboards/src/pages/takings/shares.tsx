/** Who has what share of the takings, and what of it is not settled yet. */
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { basisPointsText } from '../../parts/format.ts'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { statementPath } from '../../parts/statement-path.ts'
import { MoneyText } from '../../parts/text.tsx'

type Share = TakingsByPeriod['shares'][number]

export function Shares({ shares, currency }: { shares: readonly Share[]; currency: string }) {
  const { t } = useTranslation()
  const rows = shares.filter(share => share.currency === currency)
  const columns = useColumns(rows)
  return (
    <Card flush title={t('takings.shares')}>
      <List
        label={t('takings.shares')}
        rows={rows}
        rowKey={share => `${share.bookId} ${share.account}`}
        columns={columns}
        wraps
        empty={{ title: t('takings.noShares'), next: t('takings.noSharesNext') }}
      />
    </Card>
  )
}

/** What is only held has a column where there is any. */
function useColumns(shares: readonly Share[]): TableColumnsType<Share> {
  const { t } = useTranslation()
  const language = useLanguage()
  const nameOf = useOrganisationName()
  const total = shares.reduce((sum, each) => sum + BigInt(each.postedMinor), 0n)
  const held: TableColumnsType<Share> = [
    {
      title: t('statements.held'),
      align: 'end',
      render: (_, { pendingMinor: amountMinor, currency }) => (
        <MoneyText money={{ amountMinor, currency }} />
      ),
    },
  ]
  return [
    {
      title: t('takings.party'),
      render: (_, { bookId, account, currency }) => (
        <AccountName
          path={account}
          nameOf={nameOf}
          to={statementPath({ bookId, path: account, currency })}
        />
      ),
    },
    {
      title: t('takings.share'),
      align: 'end',
      render: (_, { postedMinor: amountMinor, currency }) => (
        <MoneyText money={{ amountMinor, currency }} />
      ),
    },
    {
      title: t('takings.part'),
      align: 'end',
      render: (_, { postedMinor }) =>
        total > 0n
          ? basisPointsText(Number((BigInt(postedMinor) * 10_000n) / total), language)
          : null,
    },
    ...(shares.some(each => each.pendingMinor !== '0') ? held : []),
  ]
}
