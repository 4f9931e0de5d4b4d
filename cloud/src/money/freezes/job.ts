/** Freezes behind the scenes: what an order kept is released when it is over. */
import type { Db } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'
import type { BookWriters } from '../ledger/writers.ts'
import { settleOrder } from './freeze.ts'
import { endedOrders } from './store.ts'

/** id: an order. */
export function unfreezeJob(deps: { db: Db; writers: BookWriters }): Job {
  return {
    name: 'unfreeze',
    run: id => settleOrder(deps, id),
    due: () => deps.db.withSystem(endedOrders),
    sweepEveryMs: 10_000,
  }
}
