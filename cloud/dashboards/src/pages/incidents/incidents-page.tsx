/** Incidents of all machines that the reader may see, open ones first. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import { Segmented, Select, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { textsOf } from '../../app/i18n/catalogue.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { IncidentState } from '../../parts/incident-state.tsx'
import { List } from '../../parts/list.tsx'
import { MachineFilter } from '../../parts/machine-filter.tsx'
import { useMachineName } from '../../parts/machines.ts'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { TimeText } from '../../parts/text.tsx'
import { choiceOf, type Filter, useFilter } from '../../parts/use-filter.ts'

const states = ['open', 'closed', 'all'] as const
const kinds = Object.keys(textsOf('en').incidentKind)

export function IncidentsPage() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('incidents', api.incidents)
  useReloadOn(['incident'], reload)
  return (
    <Page title={t('incidents.title')} about={t('incidents.about')}>
      <Card flush title={t('incidents.title')} extra={<Filters />}>
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => <Incidents incidents={items} />}
        </LoadedView>
      </Card>
    </Page>
  )
}

function Incidents({ incidents }: { incidents: readonly Incident[] }) {
  const { t } = useTranslation()
  const filter = useFilter()
  const columns = useColumns()
  const hasOpen = incidents.some(each => each.closedAt === null)
  return (
    <List
      label={t('incidents.title')}
      rows={incidents.filter(each => isWanted(each, filter))}
      rowKey={each => each.id}
      columns={columns}
      wraps
      empty={
        hasOpen
          ? { title: t('incidents.noMatch'), next: t('incidents.noMatchNext') }
          : { title: t('incidents.none'), next: t('incidents.noneNext') }
      }
    />
  )
}

function isWanted({ closedAt, kind, deviceId }: Incident, { get }: Filter): boolean {
  const state = choiceOf(get('state'), states)
  return (
    (state === 'all' || (state === 'open') === (closedAt === null)) &&
    (get('kind') === '' || get('kind') === kind) &&
    (get('machine') === '' || get('machine') === deviceId)
  )
}

function Filters() {
  const { t } = useTranslation()
  const word = useWord()
  const filter = useFilter()
  return (
    <>
      <Segmented
        aria-label={t('openItems.state')}
        value={choiceOf(filter.get('state'), states)}
        options={states.map(value => ({ value, label: t(`openItems.${value}`) }))}
        onChange={value => filter.set('state', value === 'open' ? '' : value)}
      />
      <Select
        className="machine-filter"
        aria-label={t('incidents.kind')}
        showSearch={{ optionFilterProp: 'label' }}
        value={filter.get('kind')}
        onChange={value => filter.set('kind', value)}
        options={[
          { value: '', label: t('incidents.anyKind') },
          ...kinds.map(value => ({ value, label: word('incidentKind', value) })),
        ]}
      />
      <MachineFilter />
    </>
  )
}

function useColumns(): TableColumnsType<Incident> {
  const { t } = useTranslation()
  const word = useWord()
  const machineName = useMachineName()
  return [
    {
      title: t('incidents.kind'),
      render: (_, { id, kind, deviceId }) => (
        <div className="two-lines">
          <Link to={`/incidents/${id}`}>{word('incidentKind', kind)}</Link>
          <span className="muted small">{machineName(deviceId)}</span>
        </div>
      ),
    },
    { title: t('machine.incidentAt'), render: (_, { openedAt }) => <TimeText at={openedAt} /> },
    { title: t('machine.status'), render: (_, each) => <IncidentState incident={each} /> },
  ]
}
