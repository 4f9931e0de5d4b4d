/** Sends orders to erase down to the machines until each has said that its own copy is gone. */
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { ordersToSend, takeOrder } from './erasures.ts'

export type EraseJobDeps = {
  db: Db
  /** Publishes to the machine's command topic; resolves when the broker has it. */
  sendCommand(deviceId: string, command: CommandMessage): Promise<void>
}

const AT_ONCE = 200
const AGAIN_AFTER_MS = 20_000

/** id: an erasure. Sending twice does no harm: the machine erases once. */
export function eraseJob({ db, sendCommand }: EraseJobDeps, againAfterMs = AGAIN_AFTER_MS): Job {
  return {
    name: 'erase',
    async run(id) {
      const taken = await db.withSystem(tx => takeOrder(tx, id))
      if (taken === undefined) return
      await sendCommand(taken.deviceId, { v: 1, type: 'erase', order: taken.order })
    },
    due: () => db.withSystem(tx => ordersToSend(tx, againAfterMs, AT_ONCE)),
    sweepEveryMs: 2_000,
    concurrency: 4,
  }
}
