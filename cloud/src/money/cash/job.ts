/** Counts of cash boxes behind the scenes: looked at once, and again when sales are told late. */
import type { Job } from '../../platform/jobs/job.ts'
import { type CountingDeps, lookAtCount } from './counting.ts'
import { countsToLookAt } from './store.ts'

/** id: a count. */
export function boxCountJob(deps: CountingDeps): Job {
  return {
    name: 'box-count',
    run: id => lookAtCount(deps, id),
    due: () => deps.db.withSystem(countsToLookAt),
    sweepEveryMs: 5_000,
  }
}
