/** SQL of grants. Row-level security shows them to both sides and lets only the operator write. */
import type { Grant } from '@tillproof/shared/api/people.ts'
import type { Tx } from '../../platform/db/db.ts'

type Row = {
  id: string
  operator_id: string
  grantee_id: string
  device_id: string | null
  scope: 'monitor' | 'finance'
  from_at: Date
  until_at: Date | null
  revoked_at: Date | null
}

const COLUMNS = 'id, operator_id, grantee_id, device_id, scope, from_at, until_at, revoked_at'

export type NewGrantRow = {
  operatorId: string
  granteeId: string
  deviceId: string | undefined
  scope: 'monitor' | 'finance'
  until: string | undefined
  createdBy: string
}

export async function insertGrant(tx: Tx, grant: NewGrantRow): Promise<Grant | undefined> {
  const [row] = await tx.query<Row>(
    `insert into grants (operator_id, grantee_id, device_id, scope, until_at, created_by)
     values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
    [
      grant.operatorId,
      grant.granteeId,
      grant.deviceId ?? null,
      grant.scope,
      grant.until ?? null,
      grant.createdBy,
    ],
  )
  return row && toGrant(row)
}

export async function listGrants(tx: Tx): Promise<Grant[]> {
  const rows = await tx.query<Row>(`select ${COLUMNS} from grants order by from_at desc, id`)
  return rows.map(toGrant)
}

/** Answers undefined when there is no such live grant of this operator. */
export async function revokeGrant(
  tx: Tx,
  operatorId: string,
  id: string,
): Promise<Grant | undefined> {
  const [row] = await tx.query<Row>(
    `update grants set revoked_at = now()
     where id = $1 and operator_id = $2 and revoked_at is null returning ${COLUMNS}`,
    [id, operatorId],
  )
  return row && toGrant(row)
}

export async function ownsDevice(tx: Tx, operatorId: string, deviceId: string): Promise<boolean> {
  const sql = 'select from devices where id = $1 and operator_id = $2'
  return (await tx.query(sql, [deviceId, operatorId])).length > 0
}

export async function organisationExists(tx: Tx, id: string): Promise<boolean> {
  return (await tx.query('select from organisations where id = $1', [id])).length > 0
}

function toGrant(row: Row): Grant {
  return {
    id: row.id,
    operatorId: row.operator_id,
    granteeId: row.grantee_id,
    deviceId: row.device_id,
    scope: row.scope,
    from: row.from_at.toISOString(),
    until: row.until_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }
}
