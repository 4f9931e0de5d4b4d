/** SQL of what people see of incidents and do about them; runs as their organisation. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { Tx } from '../../platform/db/db.ts'

type Row = {
  id: string
  device_id: string
  kind: Incident['kind']
  detail: Record<string, unknown>
  opened_at: Date
  closed_at: Date | null
  closed_reason: string | null
}

const COLUMNS = 'id, device_id, kind, detail, opened_at, closed_at, closed_reason'
const MOST = 200

export async function listIncidents(tx: Tx): Promise<Incident[]> {
  const rows = await tx.query<Row>(
    `select ${COLUMNS} from incidents
     order by closed_at is not null, opened_at desc limit ${MOST}`,
  )
  return rows.map(toIncident)
}

export async function closeIncident(
  tx: Tx,
  closure: { id: string; userId: string; reason: string },
): Promise<Incident | undefined> {
  const [row] = await tx.query<Row>(
    `update incidents set closed_at = now(), closed_by = $2, closed_reason = $3
     where id = $1 and closed_at is null returning ${COLUMNS}`,
    [closure.id, closure.userId, closure.reason],
  )
  return row && toIncident(row)
}

function toIncident(row: Row): Incident {
  return {
    id: row.id,
    deviceId: row.device_id,
    kind: row.kind,
    detail: row.detail,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    closedReason: row.closed_reason,
  }
}
