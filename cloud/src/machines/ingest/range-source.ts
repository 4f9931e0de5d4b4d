/** Consecutive events of a machine's log for a proof bundle, read as the asking organisation. */
import { parseCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import type { EventRange, RangeSource } from '../../evidence/bundles/bundle.ts'
import { newestPublished } from '../../evidence/log/checkpoints.ts'
import { newestHeadWithin } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import { evidenceOf } from './bundle-source.ts'

/** Without an end it is the newest that is logged; without a start as many as one bundle holds. */
export function rangeSource(cloudName: string): RangeSource {
  return async (tx, range) => {
    const log = await logOf(tx, range)
    if (log === undefined) return undefined
    const to = range.to ?? (await loggedSize(tx, log)) - 1
    const from = range.from ?? Math.max(0, to - range.atMost + 1)
    if (from > to || to >= log.size || to - from >= range.atMost) return undefined
    const indexes = Array.from({ length: to - from + 1 }, (_, i) => from + i)
    return evidenceOf(tx, cloudName, { deviceId: range.deviceId, epoch: log.epoch }, indexes)
  }
}

type Log = { epoch: number; origin: string; size: number }

/** The log of the epoch that was asked for, or of the newest that holds something. */
async function logOf(tx: Tx, { deviceId, epoch }: EventRange): Promise<Log | undefined> {
  const [row] = await tx.query<{ epoch: number; origin: string; size: bigint }>(
    `select epoch, origin, size from device_heads
     where device_id = $1 and ($2::int is null or epoch = $2) and size > 0
     order by epoch desc limit 1`,
    [deviceId, epoch ?? null],
  )
  return row && { ...row, size: Number(row.size) }
}

/** What came in since the last checkpoint cannot be proven yet; all of it while there is none. */
async function loggedSize(tx: Tx, { origin, size }: Log): Promise<number> {
  const checkpoint = await newestPublished(tx)
  const logged = checkpoint && (await newestHeadWithin(tx, origin, checkpoint.size))
  const note = logged && parseNote(logged.head)
  return (note?.ok ? parseCheckpoint(note.text)?.size : undefined) ?? size
}
