/** SQL of incidents: opened by the system with their proof, closed by a person. */
import type { Tx } from '../../platform/db/db.ts'

export type IncidentKind = 'fork' | 'controller-swap'

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
