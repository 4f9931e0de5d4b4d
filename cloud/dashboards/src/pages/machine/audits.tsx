/** Asks the machine for its audit now, and shows what came of it; for those who may ask. */
import type { AuditOrder } from '@tillproof/shared/api/audits.ts'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import type { Device } from '@tillproof/shared/api/machines.ts'
import { Button, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView, ProblemView } from '../../parts/states.tsx'
import { TimeText } from '../../parts/text.tsx'

export function Audits({ device }: { device: Device }) {
  const { user, organisation } = useSession()
  const mayAsk = device.operatorId === organisation.id && user.role !== 'viewer'
  return mayAsk && device.status !== 'retired' ? <OwnAudits deviceId={device.id} /> : null
}

function OwnAudits({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const columns = useColumns()
  const { loaded, reload } = useAnswer(`audits of ${deviceId}`, signal =>
    api.auditOrders(deviceId, signal),
  )
  useReloadOn(['batch'], reload, deviceId)
  return (
    <Card
      flush
      title={t('machine.audits')}
      extra={<OrderButton deviceId={deviceId} onOrdered={reload} />}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => (
          <List
            label={t('machine.audits')}
            rows={items}
            rowKey={order => order.id}
            columns={columns}
            empty={{ title: t('state.noData'), next: t('machine.auditsWhy') }}
          />
        )}
      </LoadedView>
    </Card>
  )
}

function OrderButton({ deviceId, onOrdered }: { deviceId: string; onOrdered: () => void }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const order = async () => {
    setBusy(true)
    const answer = await api.orderAudit(deviceId)
    setBusy(false)
    setProblem(answer.ok ? null : answer.problem)
    if (answer.ok) onOrdered()
  }
  return (
    <>
      {problem ? <ProblemView problem={problem} /> : null}
      <Button loading={busy} onClick={() => void order()}>
        {t('machine.orderAudit')}
      </Button>
    </>
  )
}

function useColumns(): TableColumnsType<AuditOrder> {
  const { t } = useTranslation()
  const word = useWord()
  return [
    { title: t('machine.auditAt'), render: (_, { at }) => <TimeText at={at} /> },
    { title: t('machine.auditBy'), render: (_, { by }) => by },
    { title: t('machine.status'), render: (_, { state }) => word('auditState', state) },
    { title: t('machine.event'), render: (_, { event }) => event?.index ?? '' },
    { title: t('machine.details'), render: (_, { reason }) => reason ?? '' },
  ]
}
