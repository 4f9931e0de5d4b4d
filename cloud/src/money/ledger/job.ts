/**
 * The ledger behind the scenes: clearing, refunds and expiring per book, the checker on a schedule.
 */
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { bookRefunds } from '../refunds/booking.ts'
import { booksToRefund } from '../refunds/due.ts'
import { checkBook } from './check.ts'
import { type ClearingDeps, clearBook } from './clearing.ts'
import { booksWithExpired, expireDue } from './expire-due.ts'
import { booksWithSuspended, clearSuspended } from './from-suspense.ts'
import { booksToClear } from './matched.ts'

const CHECK_EVERY_MS = 600_000

/** id: a book. The match job wakes it. */
export function clearJob(deps: ClearingDeps): Job {
  return {
    name: 'clear',
    async run(operatorId) {
      await clearBook(deps, operatorId)
      await clearSuspended(deps, operatorId)
      await bookRefunds(deps, operatorId)
      await expireDue(deps, operatorId, Date.now())
    },
    due: () =>
      deps.db.withSystem(async tx => [
        ...new Set([
          ...(await booksToClear(tx)),
          ...(await booksWithSuspended(tx)),
          ...(await booksToRefund(tx)),
          ...(await booksWithExpired(tx, Date.now())),
        ]),
      ]),
    sweepEveryMs: 3_000,
    concurrency: 2,
  }
}

/** id: a book that was not checked for a while and has moved since. */
export function checkLedgerJob({ db, log }: { db: Db; log: Log }): Job {
  return {
    name: 'check-ledger',
    async run(operatorId) {
      const { faults } = await checkBook(db, operatorId)
      for (const fault of faults) log('error', 'the ledger does not hold', { operatorId, ...fault })
      await db.withSystem(tx =>
        tx.query('update books set checked_at = now(), check_faults = $2 where operator_id = $1', [
          operatorId,
          faults.length,
        ]),
      )
    },
    async due() {
      const rows = await db.withSystem(tx =>
        tx.query<{ operator_id: string }>(
          `select operator_id from books
            where batches > 0
              and coalesce(checked_at, '-infinity') < now() - $1 * interval '1 millisecond'`,
          [CHECK_EVERY_MS],
        ),
      )
      return rows.map(row => row.operator_id)
    },
    sweepEveryMs: 60_000,
  }
}
