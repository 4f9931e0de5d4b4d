/**
 * Gives back what was held for too long. The journal is told by the pending transfer's name, so it
 * is booked once whoever asks, and not at all when the money was posted first.
 */
import type { Db, Tx } from '../../platform/db/db.ts'
import { expirePending } from './two-phase.ts'
import type { BookWriters } from './writers.ts'

/** At a time; the next sweep takes the others. */
const MOST = 500

/** Books with pending transfers whose term is over. */
export async function booksWithExpired(tx: Tx, nowMs: number): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    'select distinct operator_id from pendings where until <= $1',
    [new Date(nowMs)],
  )
  return rows.map(row => row.operator_id)
}

/** Expires those of one book that are due; nothing while another process holds the book. */
export async function expireDue(
  { db, writers }: { db: Db; writers: BookWriters },
  operatorId: string,
  nowMs: number,
): Promise<void> {
  const due = await db.withSystem(tx =>
    tx.query<{ id: string; currency: string; until: Date }>(
      `select p.id, p.until, l.currency from pendings p
         join journals j on j.operator_id = p.operator_id and j.business_id = 'pending:' || p.id
         join legs l on l.operator_id = j.operator_id and l.journal_seq = j.seq and l.leg_no = 1
        where p.operator_id = $1 and p.until <= $2
        order by p.until, p.id limit $3`,
      [operatorId, new Date(nowMs), MOST],
    ),
  )
  if (due.length === 0) return
  const sources = due.map(({ id, currency, until }) =>
    expirePending({ id, currency, atMs: until.getTime() }),
  )
  await writers.post(operatorId, sources)
}
