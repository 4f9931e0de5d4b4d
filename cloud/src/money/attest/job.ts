/** Matching behind the scenes: per book when something arrives; a sweep for what stays alone. */
import type { Db } from '../../platform/db/db.ts'
import type { Job, Wake } from '../../platform/jobs/job.ts'
import { booksToMatch, matchBook, openUnmatched } from './match.ts'

export type MatchDeps = { db: Db; wake: Wake }

/** id: a book. Ingest and payments wake it. */
export function matchJob({ db, wake }: MatchDeps): Job {
  return {
    name: 'match',
    async run(operatorId) {
      const matched = await db.withSystem(tx => matchBook(tx, operatorId), { idempotent: true })
      if (matched > 0n) wake('clear', operatorId)
    },
    due: () => db.withSystem(booksToMatch),
    sweepEveryMs: 3_000,
    concurrency: 2,
  }
}

/** One fixed id: the whole cloud's loners, now and then. */
export function openItemsJob({ db }: MatchDeps): Job {
  return {
    name: 'open-items',
    run: () => db.withSystem(openUnmatched),
    due: async () => ['all'],
    sweepEveryMs: 30_000,
  }
}
