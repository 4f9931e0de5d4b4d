/** Settlement behind the scenes: bills fetched and taken over, what they settle booked. */
import type { Job } from '../../platform/jobs/job.ts'
import { type BillsDeps, billsDue, mendBills, takeBills } from './bills.ts'
import { channelsToMend } from './mend.ts'
import { type SettleDeps, settleBook } from './settlement.ts'
import { type RestsDeps, releaseRest, restsDue } from './split-rests.ts'
import { booksToSettle } from './store.ts'

const DAYS_AT_ONCE = 200
const RESTS_AT_ONCE = 200

/** id: `<channel>/<day>`, a day whose bills can be asked for and are not taken over yet. */
export function billsJob(deps: BillsDeps): Job {
  return {
    name: 'bills',
    async run(id) {
      const [channel = '', day = ''] = id.split('/')
      await takeBills(deps, channel, day)
    },
    async due() {
      const ids: string[] = []
      for (const { name, bills } of deps.channels) {
        if (bills === undefined) continue
        const days = await billsDue(deps, name, bills, DAYS_AT_ONCE)
        ids.push(...days.map(day => `${name}/${day}`))
      }
      return ids
    },
    sweepEveryMs: 2_000,
    concurrency: 2,
  }
}

/** id: a channel with lines that may be mended by what was learned since. */
export function mendBillsJob(deps: BillsDeps): Job {
  return {
    name: 'mend-bills',
    run: channel => mendBills(deps, channel),
    due: () => deps.db.withSystem(channelsToMend),
    sweepEveryMs: 30_000,
  }
}

/** id: a book. A bill that was taken over wakes it. */
export function settleJob(deps: SettleDeps): Job {
  return {
    name: 'settle',
    run: operatorId => settleBook(deps, operatorId),
    due: () => deps.db.withSystem(booksToSettle),
    sweepEveryMs: 2_000,
    concurrency: 2,
  }
}

/** id: an order whose rest the company is about to unfreeze. */
export function splitRestsJob(deps: RestsDeps): Job {
  return {
    name: 'split-rests',
    run: orderId => releaseRest(deps, orderId),
    due: () => restsDue(deps, RESTS_AT_ONCE),
    sweepEveryMs: 60_000,
  }
}
