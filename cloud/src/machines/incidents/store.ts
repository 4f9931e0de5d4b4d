/** SQL of incidents: opened by the system with their proof, closed by a person. */
import type { Tx } from '../../platform/db/db.ts'
import type { WatchedIncident } from './incident.ts'

export type IncidentKind =
  | 'fork'
  | 'controller-swap'
  | 'place-left'
  | 'moved'
  | 'tamper'
  | 'meter-epoch'
  | 'audit-damaged'
  | 'voucher-replayed'
  | 'events-missing'
  | 'goods-unsold'
  | 'sales-phantom'
  | 'two-places'
  | 'more-than-held'
  | 'audit-failing'
  | 'audit-sums-differ'
  | 'stock-short'
  | 'stock-over'
  | 'stock-risen'
  | 'refill-unseen'
  | 'sales-at-visit'

export type NewIncident = {
  operatorId: string
  deviceId: string
  kind: IncidentKind
  detail: object
  /** Bytes that prove it to a stranger. */
  proof?: Uint8Array
}

/** Answers the id of the incident, and tells open dashboards. */
export async function openIncident(tx: Tx, incident: NewIncident): Promise<string> {
  const { operatorId, deviceId, kind, detail, proof } = incident
  const [row] = await tx.query<{ id: string }>(
    `insert into incidents (operator_id, device_id, kind, detail, proof)
     values ($1, $2, $3, $4, $5) returning id`,
    [operatorId, deviceId, kind, JSON.stringify(detail), proof ?? null],
  )
  const id = row?.id ?? ''
  const payload = JSON.stringify({ id, kind })
  await tx.query("select notify_live($1, $2, 'incident', $3)", [operatorId, deviceId, payload])
  return id
}

/**
 * Opens an incident for each that has none open on its subject; an open one counts what came after
 * it. Answers the opened ones.
 */
export async function openWatched(
  tx: Tx,
  { operatorId, deviceId, epoch }: { operatorId: string; deviceId: string; epoch: number },
  incidents: readonly WatchedIncident[],
): Promise<{ id: string; kind: IncidentKind }[]> {
  const opened: { id: string; kind: IncidentKind }[] = []
  for (const { kind, subject, index, detail, known } of incidents) {
    const told = JSON.stringify({ ...detail, epoch, index, times: 1, lastIndex: index })
    const [row] = await tx.query<{ id: string; fresh: boolean }>(
      `insert into incidents (operator_id, device_id, kind, subject, detail)
       select $1, $2, $3, $4, $5
       where $7::text is null or not exists (
         select from incidents
         where device_id = $2 and kind = $3 and subject = $4 and closed_at is not null
           and detail ->> $7 = $8)
       on conflict (device_id, kind, subject) where closed_at is null and subject is not null
       do update set detail = incidents.detail || jsonb_build_object(
         'times', (incidents.detail ->> 'times')::int8 + 1, 'lastIndex', $6::int8)
       returning id, xmax = 0 as fresh`,
      [
        operatorId,
        deviceId,
        kind,
        subject,
        told,
        index,
        known ?? null,
        detail[known ?? ''] ?? null,
      ],
    )
    if (row?.fresh === true) opened.push({ id: row.id, kind })
  }
  return opened
}
