/**
 * SQL of the pending transfers that are open. The table says which, and their term; what they hold
 * is said by their journals. Written with the batch that opens or closes them, behind its fence.
 */
import type { Tx } from '../../platform/db/db.ts'
import { OPENING, type Pending, pendingName } from './pending.ts'
import { readNamedJournals } from './reading.ts'

/** Open pending transfers of a book, by id. */
export async function readPendings(tx: Tx, operatorId: string): Promise<Pending[]> {
  const rows = await tx.query<{ id: string; until: Date }>(
    'select id, until from pendings where operator_id = $1 order by id',
    [operatorId],
  )
  if (rows.length === 0) return []
  const names = rows.map(({ id }) => pendingName(OPENING, id))
  const journals = await readNamedJournals(tx, operatorId, names)
  const known = new Map(journals.map(journal => [journal.businessId, journal]))
  return rows.map(({ id, until }) => {
    const journal = known.get(pendingName(OPENING, id))
    const { deviceId = null, legs = [] } = journal ?? {}
    return { id, deviceId, untilMs: until.getTime(), legs }
  })
}

/** @param changed null for what was closed */
export async function writePendings(
  tx: Tx,
  operatorId: string,
  changed: ReadonlyMap<string, Pending | null>,
): Promise<void> {
  if (changed.size === 0) return
  const opened = [...changed.values()].filter(each => each !== null)
  const closed = [...changed].filter(([, each]) => each === null)
  await tx.query(
    `with closed as (delete from pendings where operator_id = $1 and id = any ($2::text[]))
     insert into pendings (operator_id, id, until)
     select $1, t.* from unnest($3::text[], $4::timestamptz[]) t`,
    [
      operatorId,
      closed.map(([id]) => id),
      opened.map(each => each.id),
      opened.map(each => new Date(each.untilMs)),
    ],
  )
}
