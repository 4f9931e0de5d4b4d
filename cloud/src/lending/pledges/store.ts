/** SQL of pledges: one live pledge a machine, kept by the database across all lenders. */
import type { Pledge } from '@tillproof/shared/api/lending.ts'
import type { Tx } from '../../platform/db/db.ts'

export type NewPledge = {
  id: string
  operatorId: string
  lenderId: string
  loanId: string
  deviceId: string
  salt: Uint8Array
  fromAt: Date
}

/** False when the machine is pledged already, to whomever. */
export async function insertPledge(tx: Tx, pledge: NewPledge): Promise<boolean> {
  const rows = await tx.query(
    `insert into pledges (id, operator_id, lender_id, loan_id, device_id, salt, from_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (device_id) where released_at is null do nothing returning id`,
    [
      pledge.id,
      pledge.operatorId,
      pledge.lenderId,
      pledge.loanId,
      pledge.deviceId,
      pledge.salt,
      pledge.fromAt,
    ],
  )
  return rows.length === 1
}

export type ReleasedPledge = { id: string; loanId: string; salt: Uint8Array; releasedAt: Date }

/**
 * Ends a live pledge of this lender; undefined when it has none of this id. Runs as the system,
 * because people may add pledges and read them, and change nothing of one.
 */
export async function endPledge(
  tx: Tx,
  id: string,
  lenderId: string,
  at: Date,
): Promise<ReleasedPledge | undefined> {
  const [row] = await tx.query<ReleasedPledge>(
    `update pledges set released_at = greatest($3::timestamptz, from_at)
      where id = $1 and lender_id = $2 and released_at is null
      returning id, loan_id as "loanId", salt, released_at as "releasedAt"`,
    [id, lenderId, at],
  )
  return row
}

/** Pledges of these loans, live ones first. */
export async function listPledges(tx: Tx, loanIds: readonly string[]): Promise<Pledge[]> {
  const rows = await tx.query<{
    id: string
    loanId: string
    deviceId: string
    deviceLabel: string
    fromAt: Date
    releasedAt: Date | null
  }>(
    `select p.id, p.loan_id as "loanId", p.device_id as "deviceId",
            coalesce(d.label, p.device_id) as "deviceLabel", p.from_at as "fromAt",
            p.released_at as "releasedAt"
       from pledges p left join devices d on d.id = p.device_id
      where p.loan_id = any ($1::uuid[])
      order by p.released_at desc nulls first, p.device_id`,
    [loanIds],
  )
  return rows.map(({ fromAt, releasedAt, ...row }) => ({
    ...row,
    from: fromAt.toISOString(),
    releasedAt: releasedAt?.toISOString() ?? null,
  }))
}
