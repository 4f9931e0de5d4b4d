/** Whether an incident still waits for somebody. */
import { CheckCircleOutlined, WarningOutlined } from '@ant-design/icons'
import type { Incident } from '@tillproof/shared/api/machines.ts'
import { useTranslation } from 'react-i18next'
import { Mark } from './marks.tsx'

export function IncidentState({ incident }: { incident: Incident }) {
  const { t } = useTranslation()
  return incident.closedAt === null ? (
    <Mark tone="bad" icon={<WarningOutlined />}>
      {t('machine.incidentOpen')}
    </Mark>
  ) : (
    <Mark tone="quiet" icon={<CheckCircleOutlined />}>
      {t('machine.incidentClosed')}
    </Mark>
  )
}
