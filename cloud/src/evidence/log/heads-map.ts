/**
 * Stages the daily `heads-map` leaf: the root over the newest head of every device log, as the
 * numbered leaves of the log have it. Whoever follows the log computes it again.
 */
import { encodeHeadsMap, HEADS_MAP_LAG, headsMapOf } from '@tillproof/shared/wire/heads-map.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { stageLeaf } from './store.ts'

const SWEEP_MS = 60_000
/** With a longer queue before it the map would be too old in its place; it waits instead. */
const MOST_STAGED = HEADS_MAP_LAG / 4

/** id: a day in UTC, such as 2026-01-31. @param clock ms since 1970 */
export function headsMapJob({ db, clock }: { db: Db; clock: () => number }): Job {
  return {
    name: 'heads-map',
    run: day => db.withSystem(tx => stageHeadsMap(tx, day)),
    async due() {
      const day = new Date(clock()).toISOString().slice(0, 10)
      return (await db.withSystem(tx => isDue(tx, day))) ? [day] : []
    },
    sweepEveryMs: SWEEP_MS,
  }
}

/** Once a day, whoever else stages it now: the lock is held until this transaction ends. */
async function stageHeadsMap(tx: Tx, day: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('heads-map'))")
  if (!(await isDue(tx, day))) return
  const [head] = await tx.query<{ size: bigint }>('select size from log_heads')
  const size = Number(head?.size ?? 0)
  const map = headsMapOf(await newestHeads(tx, size), size)
  await stageLeaf(tx, { type: 'heads-map', body: encodeHeadsMap(map), ref: day })
}

async function isDue(tx: Tx, day: string): Promise<boolean> {
  const [row] = await tx.query<{ due: boolean }>(
    `select exists (select from log_leaves where type = 'device-head')
        and not exists (select from log_leaves where type = 'heads-map' and ref = $1)
        and not exists (select from log_staged where type = 'heads-map' and ref = $1)
        and (select count(*) from log_staged) < $2 as due`,
    [day, MOST_STAGED],
  )
  return row?.due === true
}

/** One pass over the heads below `size`, without sorting them; a head's `ref` is its origin. */
export async function newestHeads(tx: Tx, size: number) {
  const rows = await tx.query<{ ref: string; log_index: bigint; leaf_hash: Buffer }>(
    `with newest as (
       select ref, max(log_index) as log_index from log_leaves
        where type = 'device-head' and ref is not null and log_index < $1
        group by ref
     )
     select newest.ref, log_index, leaf_hash from newest join log_leaves using (log_index)`,
    [size],
  )
  return rows.map(row => ({
    origin: row.ref,
    leafIndex: Number(row.log_index),
    leafHash: row.leaf_hash,
  }))
}
