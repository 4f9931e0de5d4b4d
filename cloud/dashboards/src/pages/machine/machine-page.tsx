/** One machine: facts, liveness, its events as they arrive, its sales. */
import type { Device } from '@tillproof/shared/api/machines.ts'
import { Alert, Segmented } from 'antd'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { Figure } from '../../parts/figure.tsx'
import { countText, moneyText, positionText } from '../../parts/format.ts'
import { List } from '../../parts/list.tsx'
import { DeviceStatus, Liveness } from '../../parts/marks.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, type Fact, Facts, Page } from '../../parts/page.tsx'
import { useSaleColumns } from '../../parts/sale-columns.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { AgoText, CopyableId, TimeText } from '../../parts/text.tsx'
import { choiceOf, useFilter } from '../../parts/use-filter.ts'
import { Audits } from './audits.tsx'
import { BoxCounts } from './box-counts.tsx'
import { Contacts } from './contacts.tsx'
import { Events } from './events.tsx'
import { Incidents } from './incidents.tsx'

export function MachinePage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const { loaded, reload } = useAnswer(id, async signal => {
    const answer = await api.device(id, signal)
    return answer.ok
      ? { ok: true, value: { device: answer.value, asOf: new Date().toISOString() } }
      : answer
  })
  useReloadOn(['batch', 'sale', 'incident'], reload, id)
  const device = loaded.state === 'ready' ? loaded.value.device : null
  return (
    <Page
      title={device?.label ?? t('nav.machines')}
      up={{ to: '/machines', label: t('nav.machines') }}
      actions={device ? <Liveness value={device.liveness} /> : null}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ device, asOf }) => (
          <>
            <Warnings device={device} />
            <MachineFigures device={device} asOf={asOf} />
            <MachineFacts device={device} />
            <Contacts deviceId={device.id} />
            <Incidents deviceId={device.id} />
            <Audits device={device} />
            <BoxCounts device={device} />
            <Activity id={id} />
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function Warnings({ device }: { device: Device }) {
  const { t } = useTranslation()
  if (device.status === 'quarantined') {
    return (
      <Alert
        type="error"
        showIcon
        title={t('machine.quarantined')}
        description={t('machine.quarantinedNext')}
      />
    )
  }
  return device.liveness === 'stale' ? (
    <Alert type="warning" showIcon title={t('machine.staleWarning')} />
  ) : null
}

function MachineFigures({ device, asOf }: { device: Device; asOf: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  return (
    <div className="figures">
      <Figure
        name={t('machine.takingsToday')}
        value={moneyText(device.takingsToday, language)}
        definition={t('machine.takingsTodayWhy')}
        asOf={asOf}
        to={`/takings?machine=${device.id}`}
        toLabel={t('nav.takings')}
      />
      <Figure
        name={t('machine.salesToday')}
        value={countText(device.salesToday, language)}
        definition={t('machine.salesTodayWhy')}
        asOf={asOf}
        to={`/sales?machine=${device.id}`}
        toLabel={t('nav.sales')}
      />
      <Figure
        name={t('machine.logSize')}
        value={countText(device.logSize, language)}
        definition={t('machine.logWhy')}
        asOf={device.lastHeadAt ?? asOf}
        to={`/machines/${device.id}?tab=events`}
        toLabel={t('machine.events')}
      />
    </div>
  )
}

function MachineFacts({ device }: { device: Device }) {
  const { t } = useTranslation()
  const word = useWord()
  const nameOf = useOrganisationName()
  const facts: Fact[] = [
    { label: t('machine.id'), value: <CopyableId value={device.id} what={t('machine.id')} /> },
    { label: t('machine.status'), value: <DeviceStatus value={device.status} /> },
    { label: t('machine.kind'), value: word('machineKind', device.kind) },
    { label: t('machine.site'), value: device.site },
    { label: t('machine.operator'), value: nameOf(device.operatorId) },
    { label: t('machine.lastHead'), value: <AgoText at={device.lastHeadAt} /> },
    { label: t('machine.lastEvent'), value: <AgoText at={device.lastEventAt} /> },
    { label: t('machine.epoch'), value: device.epoch },
    { label: t('machine.position'), value: <Position position={device.position} /> },
  ]
  return (
    <Card title={t('machine.facts')}>
      <Facts facts={facts} />
    </Card>
  )
}

function Position({ position }: { position: Device['position'] }) {
  const { t } = useTranslation()
  if (position === null) return <span className="muted">{t('machine.noPosition')}</span>
  return (
    <>
      <CopyableId value={positionText(position)} what={t('machine.position')} />{' '}
      <span className="muted small">
        <TimeText at={position.at} />
      </span>
    </>
  )
}

const tabs = ['events', 'sales'] as const

function Activity({ id }: { id: string }) {
  const { t } = useTranslation()
  const filter = useFilter()
  const tab = choiceOf(filter.get('tab'), tabs)
  const choose = (
    <Segmented
      aria-label={t('state.filters')}
      value={tab}
      options={tabs.map(value => ({ value, label: t(`machine.${value}`) }))}
      onChange={value => filter.set('tab', value)}
    />
  )
  return tab === 'events' ? (
    <Events deviceId={id} choose={choose} />
  ) : (
    <Card flush title={t('machine.sales')} extra={choose}>
      <Sales deviceId={id} />
    </Card>
  )
}

function Sales({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const columns = useSaleColumns({ machine: false })
  const { loaded, reload, more } = usePages(`sales of ${deviceId}`, (page, signal) =>
    api.sales({ ...page, deviceId }, signal),
  )
  useReloadOn(['sale', 'batch'], reload, deviceId)
  return (
    <LoadedView loaded={loaded} onRetry={reload}>
      {({ items }) => (
        <List
          label={t('machine.sales')}
          rows={items}
          rowKey={sale => sale.id}
          columns={columns}
          empty={{ title: t('sales.none'), next: t('sales.noneNext') }}
          onMore={more}
        />
      )}
    </LoadedView>
  )
}
