/**
 * Shows each machine that its heads are in the cloud's log, as the receipts promised: the newest
 * logged head with its place under a published checkpoint. The machine checks it by itself, and so
 * notices a cloud that breaks its promise.
 */
import { formatTlogProof } from '@tillproof/shared/note/tlog-proof.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import { newestPublished } from '../../evidence/log/checkpoints.ts'
import { newestHeadWithin } from '../../evidence/log/store.ts'
import { logInclusionProof } from '../../evidence/log/tiles.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'

export type LoggedJobDeps = {
  db: Db
  /** Publishes to the machine's command topic; resolves when the broker has it. */
  sendCommand(deviceId: string, command: CommandMessage): Promise<void>
}

const AT_ONCE = 200
const AGAIN_AFTER_MS = 3_600_000
const SWEEP_EVERY_MS = 15_000
/** Machines that were not heard of for this long are not shown anything until they come back. */
const AWAY_DAYS = 2

/** id: a device. Showing twice does no harm. */
export function loggedJob({ db, sendCommand }: LoggedJobDeps, againAfterMs = AGAIN_AFTER_MS): Job {
  return {
    name: 'show-logged',
    async run(deviceId) {
      const message = await db.withSystem(tx => newestLogged(tx, deviceId))
      if (message !== undefined) await sendCommand(deviceId, message)
    },
    due: () => db.withSystem(tx => toShow(tx, againAfterMs)),
    sweepEveryMs: SWEEP_EVERY_MS,
    concurrency: 2,
  }
}

async function toShow(tx: Tx, againAfterMs: number): Promise<string[]> {
  const rows = await tx.query<{ device_id: string }>(
    `select h.device_id from device_heads h
     join devices d on d.id = h.device_id and d.epoch = h.epoch
     where d.status = 'active' and h.size > 0
       and h.received_at > now() - $2 * interval '1 day'
       and (h.shown_at is null or h.shown_at < now() - $1 * interval '1 millisecond')
     order by h.shown_at nulls first limit $3`,
    [againAfterMs, AWAY_DAYS, AT_ONCE],
  )
  return rows.map(row => row.device_id)
}

/** The newest head of the device under the newest published checkpoint; marks it as shown. */
async function newestLogged(tx: Tx, deviceId: string): Promise<CommandMessage | undefined> {
  const checkpoint = await newestPublished(tx)
  const [log] = await tx.query<{ origin: string }>(
    `select h.origin from device_heads h
     join devices d on d.id = h.device_id and d.epoch = h.epoch where h.device_id = $1`,
    [deviceId],
  )
  if (checkpoint === undefined || log === undefined) return undefined
  const { size, note } = checkpoint
  const logged = await newestHeadWithin(tx, log.origin, size)
  if (logged === undefined) return undefined
  const { index, head } = logged
  const hashes = await logInclusionProof(tx, index, size)
  await tx.query('update device_heads set shown_at = now() where device_id = $1', [deviceId])
  const proof = formatTlogProof({ extra: null, index, hashes, checkpoint: note })
  return { v: 1, type: 'logged', head, proof }
}
