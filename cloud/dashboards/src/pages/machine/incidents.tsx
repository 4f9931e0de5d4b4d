/** What a person has to look at about this machine; absent when there never was anything. */
import { CheckCircleOutlined, WarningOutlined } from '@ant-design/icons'
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { Mark } from '../../parts/marks.tsx'
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
    {
      title: t('machine.status'),
      render: (_, { closedAt }) =>
        closedAt === null ? (
          <Mark tone="bad" icon={<WarningOutlined />}>
            {t('machine.incidentOpen')}
          </Mark>
        ) : (
          <Mark tone="quiet" icon={<CheckCircleOutlined />}>
            {t('machine.incidentClosed')}
          </Mark>
        ),
    },
    { title: t('machine.incidentKind'), render: (_, { kind }) => word('incidentKind', kind) },
    { title: t('machine.incidentAt'), render: (_, { openedAt }) => <TimeText at={openedAt} /> },
    { title: t('machine.details'), render: (_, incident) => <Details incident={incident} /> },
  ]
}

/** What the machine's own event said, and which event of its log that is. */
function Details({ incident: { detail, closedReason } }: { incident: Incident }) {
  const { t } = useTranslation()
  const { index, times } = detail
  const said = Object.entries(detail).filter(([name, value]) => isShown(name, value))
  const facts = said.map(([name, value]) => `${name} ${value}`)
  const where = typeof index === 'number' ? [`${t('machine.event')} ${index}`] : []
  const often = typeof times === 'number' && times > 1 ? [`×${times}`] : []
  const reason = closedReason === null ? [] : [closedReason]
  return [...where, ...often, ...facts, ...reason].join(' · ')
}

const HIDDEN = new Set([
  'event',
  'index',
  'lastIndex',
  'epoch',
  'times',
  'atMs',
  'reason',
  'origin',
])

/** Signed heads and hashes are for programs. */
function isShown(name: string, value: unknown): boolean {
  const isShort = typeof value === 'string' && value.length <= 40 && !value.includes('\n')
  return !HIDDEN.has(name) && (isShort || typeof value === 'number' || typeof value === 'boolean')
}
