/** Doors and lids of this machine as they last said; absent where it has none that talks. */
import { CheckCircleOutlined, WarningOutlined } from '@ant-design/icons'
import type { DeviceContact } from '@tillproof/shared/api/machines.ts'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { Mark } from '../../parts/marks.tsx'
import { Card, Facts } from '../../parts/page.tsx'
import { ProblemView } from '../../parts/states.tsx'
import { AgoText } from '../../parts/text.tsx'

export function Contacts({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer(`contacts of ${deviceId}`, signal =>
    api.deviceContacts(deviceId, signal),
  )
  useReloadOn(['batch'], reload, deviceId)
  if (loaded.state === 'loading') return null
  if (loaded.state === 'failed') return <ProblemView problem={loaded.problem} onRetry={reload} />
  const { items } = loaded.value
  if (items.length === 0) return null
  const facts = items.map(item => ({ label: item.contact, value: <LastWord contact={item} /> }))
  return (
    <Card title={t('machine.contacts')}>
      <Facts facts={facts} />
    </Card>
  )
}

function LastWord({ contact: { isOpen, at } }: { contact: DeviceContact }) {
  const { t } = useTranslation()
  return (
    <>
      <Mark
        tone={isOpen ? 'attention' : 'quiet'}
        icon={isOpen ? <WarningOutlined /> : <CheckCircleOutlined />}
      >
        {isOpen ? t('machine.contactOpen') : t('machine.contactClosed')}
      </Mark>{' '}
      <span className="muted small">
        <AgoText at={at} />
      </span>
    </>
  )
}
