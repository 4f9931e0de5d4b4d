/** One machine's shares of the period: what of each is pending, and what is settled. */
import type { Takings } from '@tillproof/shared/api/takings.ts'
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { AccountName } from '../../parts/account-name.tsx'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'

type DeviceSharesProps = { takings: TakingsByPeriod; deviceId: string; currency: string }
type Share = Takings['shares'][number]

export function DeviceShares({ takings, deviceId, currency }: DeviceSharesProps) {
  const { t } = useTranslation()
  const columns = useColumns()
  const { from, to } = takings
  const { loaded, reload } = useAnswer(`shares ${deviceId} ${from} ${to}`, signal =>
    api.deviceTakings(deviceId, { from, to }, signal),
  )
  useReloadOn(['sale'], reload, deviceId)
  return (
    <Card flush title={t('takings.shares')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ shares }) => (
          <List
            label={t('takings.shares')}
            rows={shares.filter(share => share.currency === currency)}
            rowKey={share => share.account}
            columns={columns}
            wraps
            empty={{ title: t('takings.noShares'), next: t('takings.noSharesNext') }}
          />
        )}
      </LoadedView>
    </Card>
  )
}

function useColumns(): TableColumnsType<Share> {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const sum = (of: (share: Share) => bigint) => (_: unknown, share: Share) => (
    <MoneyText money={{ amountMinor: String(of(share)), currency: share.currency }} />
  )
  return [
    {
      title: t('takings.party'),
      render: (_, { account }) => <AccountName path={account} nameOf={nameOf} />,
    },
    {
      title: t('takings.share'),
      align: 'end',
      render: sum(each => BigInt(each.pendingMinor) + BigInt(each.availableMinor)),
    },
    { title: t('takings.pending'), align: 'end', render: sum(each => BigInt(each.pendingMinor)) },
    {
      title: t('takings.available'),
      align: 'end',
      render: sum(each => BigInt(each.availableMinor)),
    },
  ]
}
