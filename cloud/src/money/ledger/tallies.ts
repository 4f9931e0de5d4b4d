/**
 * SQL of what agreements remember between sales. The writer reads it when it takes the book, and
 * writes what a batch changed in the batch's own transaction, behind its fence.
 */
import type { Tx } from '../../platform/db/db.ts'
import type { NamedTally } from './book.ts'

type TallyRow = {
  agreement_id: string
  account: string
  period: number
  gross_minor: bigint
  paid_minor: bigint
  carried_minor: bigint
}

export async function readTallies(tx: Tx, operatorId: string): Promise<NamedTally[]> {
  const rows = await tx.query<TallyRow>(
    'select * from tallies where operator_id = $1 order by agreement_id, account',
    [operatorId],
  )
  return rows.map(row => ({
    agreementId: row.agreement_id,
    account: row.account,
    tally: {
      period: row.period,
      grossMinor: row.gross_minor,
      paidMinor: row.paid_minor,
      carriedMinor: row.carried_minor,
    },
  }))
}

export async function writeTallies(
  tx: Tx,
  operatorId: string,
  changed: readonly NamedTally[],
): Promise<void> {
  if (changed.length === 0) return
  await tx.query(
    `insert into tallies (operator_id, agreement_id, account, period, gross_minor, paid_minor,
       carried_minor)
     select $1, t.* from unnest($2::uuid[], $3::text[], $4::int4[], $5::int8[], $6::int8[],
       $7::int8[]) t
     on conflict (operator_id, agreement_id, account) do update
       set period = excluded.period, gross_minor = excluded.gross_minor,
           paid_minor = excluded.paid_minor, carried_minor = excluded.carried_minor`,
    [
      operatorId,
      changed.map(each => each.agreementId),
      changed.map(each => each.account),
      changed.map(({ tally }) => tally.period),
      changed.map(({ tally }) => tally.grossMinor),
      changed.map(({ tally }) => tally.paidMinor),
      changed.map(({ tally }) => tally.carriedMinor),
    ],
  )
}
