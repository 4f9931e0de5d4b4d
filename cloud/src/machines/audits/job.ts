/** Sends orders to read an audit down to the machines until the event that answers has come. */
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { ordersToSend, takeOrder } from './store.ts'

export type AuditJobDeps = {
  db: Db
  /** Publishes to the machine's command topic; resolves when the broker has it. */
  sendCommand(deviceId: string, command: CommandMessage): Promise<void>
}

const AT_ONCE = 200
/** An audit takes minutes on a slow line; an order that is being obeyed is not obeyed again. */
const AGAIN_AFTER_MS = 60_000

/** id: an order. Sending twice does no harm: the machine answers once. */
export function auditJob({ db, sendCommand }: AuditJobDeps, againAfterMs = AGAIN_AFTER_MS): Job {
  return {
    name: 'audit',
    async run(id) {
      const deviceId = await db.withSystem(tx => takeOrder(tx, id))
      if (deviceId === undefined) return
      await sendCommand(deviceId, { v: 1, type: 'audit', order: id })
    },
    due: () => db.withSystem(tx => ordersToSend(tx, againAfterMs, AT_ONCE)),
    sweepEveryMs: 2_000,
    concurrency: 4,
  }
}
