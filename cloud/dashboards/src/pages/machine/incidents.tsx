/** What a person has to look at about this machine; absent when there never was anything. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { placeIn, timesIn, toldIn } from '../../parts/incident-details.ts'
import { IncidentState } from '../../parts/incident-state.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { ProblemView } from '../../parts/states.tsx'
import { TimeText } from '../../parts/text.tsx'

export function Incidents({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const columns = useIncidentColumns()
  const { loaded, reload } = useAnswer('incidents', api.incidents)
  useReloadOn(['incident'], reload, deviceId)
  if (loaded.state === 'loading') return null
  if (loaded.state === 'failed') return <ProblemView problem={loaded.problem} onRetry={reload} />
  const rows = loaded.value.items.filter(incident => incident.deviceId === deviceId)
  if (rows.length === 0) return null
  return (
    <Card flush title={t('machine.incidents')}>
      <List
        label={t('machine.incidents')}
        rows={rows}
        rowKey={incident => incident.id}
        columns={columns}
        empty={{ title: t('state.noData'), next: '' }}
      />
    </Card>
  )
}

function useIncidentColumns(): TableColumnsType<Incident> {
  const { t } = useTranslation()
  const word = useWord()
  return [
    { title: t('machine.status'), render: (_, each) => <IncidentState incident={each} /> },
    {
      title: t('machine.incidentKind'),
      render: (_, { id, kind }) => (
        <Link to={`/incidents/${id}`}>{word('incidentKind', kind)}</Link>
      ),
    },
    { title: t('machine.incidentAt'), render: (_, { openedAt }) => <TimeText at={openedAt} /> },
    { title: t('machine.details'), render: (_, incident) => <Details incident={incident} /> },
  ]
}

/** What the machine's own event said, and which event of its log that is. */
function Details({ incident }: { incident: Incident }) {
  const { t } = useTranslation()
  const place = placeIn(incident)
  const times = timesIn(incident)
  const where = place ? [`${t('machine.event')} ${place.index}`] : []
  const often = times > 1 ? [`×${times}`] : []
  const facts = toldIn(incident).map(([name, value]) => `${name} ${value}`)
  const reason = incident.closedReason === null ? [] : [incident.closedReason]
  return [...where, ...often, ...facts, ...reason].join(' · ')
}
