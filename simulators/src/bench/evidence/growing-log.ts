/**
 * The cloud's log as it grows: its own sequencer on a real, durable PostgreSQL numbers what is
 * staged and writes the tiles, its own publisher signs a checkpoint a second. Staging is its
 * producers' work and not in the clock; no witness is asked.
 */
import { createPublisher } from '@tillproof/cloud/evidence/log/publisher.ts'
import { createSequencer } from '@tillproof/cloud/evidence/log/sequencer.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'

const CHECKPOINT_EVERY_MS = 1000

export type GrowingLog = {
  /** Promises these bodies to the log, as `pledge` leaves. */
  stage(bodies: readonly Uint8Array[]): Promise<void>
  /** Numbers all that is staged and publishes it; answers the log's size. */
  grow(): Promise<number>
}

/** @param signer the log's; its name is the origin, `logVkey` what verifies it */
export function growingLog(
  db: Db,
  signer: Signer,
  logVkey: string,
  nowMs: () => number,
): GrowingLog {
  const sequencer = createSequencer({ db, origin: signer.name, holder: 'bench' })
  const policy = parsePolicy(`log ${logVkey}\nquorum none\n`)
  const publisher = createPublisher({ db, signer, policy, log: () => undefined })
  return {
    async stage(bodies) {
      await db.withSystem(tx =>
        tx.query("insert into log_staged (type, body) select 'pledge', unnest($1::bytea[])", [
          bodies.map(body => Buffer.from(body)),
        ]),
      )
    },
    async grow() {
      let signedMs = nowMs()
      let size = 0
      for (;;) {
        const turn = await sequencer.turn()
        if (turn.did === 'numbered') size = turn.size
        const isDone = turn.did !== 'numbered' || !turn.more
        if (isDone || nowMs() - signedMs >= CHECKPOINT_EVERY_MS) {
          await publisher.turn()
          signedMs = nowMs()
        }
        if (isDone) return size
      }
    },
  }
}
