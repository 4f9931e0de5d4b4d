/** Counts of the machine's cash box against its cash sales; stated by the operator's people. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  MinusCircleOutlined,
  PlusCircleOutlined,
} from '@ant-design/icons'
import type { BoxCount } from '@tillproof/shared/api/cash.ts'
import type { Device } from '@tillproof/shared/api/machines.ts'
import type { TableColumnsType } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { signedMoneyText } from '../../parts/format.ts'
import { List } from '../../parts/list.tsx'
import { Mark, type Tone } from '../../parts/marks.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText, TimeText } from '../../parts/text.tsx'
import { CountForm } from './count-form.tsx'

/** Shown where there are counts, and to those who may state one. */
export function BoxCounts({ device }: { device: Device }) {
  const { t } = useTranslation()
  const { user, organisation } = useSession()
  const columns = useColumns()
  const isOwn = device.operatorId === organisation.id && user.role !== 'viewer'
  const mayCount = isOwn && takesCash.includes(device.kind)
  const { loaded, reload, more } = usePages(`counts of ${device.id}`, (page, signal) =>
    api.boxCounts(device.id, page, signal),
  )
  useReloadOn(['sale'], reload, device.id)
  const isEmpty = loaded.state === 'ready' && loaded.value.items.length === 0
  if (!mayCount && (isEmpty || loaded.state !== 'ready')) return null
  return (
    <Card flush title={t('box.title')}>
      {mayCount ? (
        <CountForm deviceId={device.id} currency={device.takingsToday.currency} onDone={reload} />
      ) : null}
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => (
          <List
            label={t('box.title')}
            rows={items}
            rowKey={count => count.id}
            columns={columns}
            empty={{ title: t('box.none'), next: t('box.noneNext') }}
            onMore={more}
          />
        )}
      </LoadedView>
    </Card>
  )
}

/** Kinds that are built with a cash box. */
const takesCash: readonly Device['kind'][] = ['vending', 'massage-chair', 'washer', 'charger']

const looks = {
  waiting: ['quiet', <ClockCircleOutlined key="waiting" />],
  agrees: ['good', <CheckCircleOutlined key="agrees" />],
  short: ['bad', <MinusCircleOutlined key="short" />],
  over: ['attention', <PlusCircleOutlined key="over" />],
} as const satisfies Record<BoxCount['state'], readonly [Tone, ReactNode]>

function useColumns(): TableColumnsType<BoxCount> {
  const { t } = useTranslation()
  const language = useLanguage()
  return [
    {
      title: t('box.at'),
      render: (_, { countedAt, countedBy, collected }) => (
        <div className="two-lines">
          <TimeText at={countedAt} />
          <span className="muted small">
            {countedBy} · {t(collected ? 'box.taken' : 'box.left')}
          </span>
        </div>
      ),
    },
    {
      title: t('box.amount'),
      align: 'end',
      render: (_, count) => <MoneyText money={count.amount} />,
    },
    {
      title: t('box.expected'),
      align: 'end',
      render: (_, { expectedMinor, amount }) =>
        expectedMinor === null ? null : (
          <MoneyText money={{ ...amount, amountMinor: expectedMinor }} />
        ),
    },
    {
      title: t('box.difference'),
      align: 'end',
      render: (_, { differenceMinor, amount }) =>
        differenceMinor === null
          ? null
          : signedMoneyText({ ...amount, amountMinor: differenceMinor }, language),
    },
    {
      title: t('box.sales'),
      render: (_, { sales, settledSales: settled }) => t('box.settled', { settled, sales }),
    },
    { title: t('box.state'), render: (_, { state }) => <CountMark state={state} /> },
  ]
}

function CountMark({ state }: { state: BoxCount['state'] }) {
  const { t } = useTranslation()
  const [tone, icon] = looks[state]
  return (
    <Mark tone={tone} icon={icon}>
      {t(`boxState.${state}`)}
    </Mark>
  )
}
