/**
 * Clearing: each matched sale becomes one posting, by the agreement in force at the sale's time, or
 * into suspense with an open item when none speaks for it. Safe to run twice and to be killed
 * anywhere: the ledger books a sale id once, and what is not marked is tried again.
 */
import type { Db } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import type { PostingResult } from './draft-batch.ts'
import { markCleared, type Settled, unclearedSales } from './matched.ts'
import { type Plan, planSale } from './plan.ts'
import type { BookWriters } from './writers.ts'

export type ClearingDeps = { db: Db; writers: BookWriters }

/** Sales of one batch: enough to fill a round trip, few enough to commit within a second. */
const BATCH = 500

/** Clears all that is matched in one book; stops when another process holds it. */
export async function clearBook(deps: ClearingDeps, operatorId: string): Promise<void> {
  for (;;) {
    const { sales, book } = await deps.db.withSystem(async tx => ({
      sales: await unclearedSales(tx, operatorId, BATCH),
      book: await agreementsOf(tx, operatorId),
    }))
    if (sales.length === 0) return
    const plans = sales.map(sale => planSale(book, sale))
    const posted = await deps.writers.post(
      operatorId,
      plans.map(plan => plan.source),
    )
    if (!('ok' in posted)) return
    const settled = plans.map((plan, at) => settledBy(plan, posted.results[at]))
    // Two processes may mark the same sales in different orders; one of them is told to try again.
    await deps.db.withSystem(tx => markCleared(tx, operatorId, settled), { idempotent: true })
    if (sales.length < BATCH) return
  }
}

function settledBy({ sale, suspended: waiting }: Plan, result: PostingResult | undefined): Settled {
  switch (result?.outcome) {
    case 'posted':
    case 'exists':
      return { sale, cleared: true, item: waiting }
    case 'conflict':
      return { sale, cleared: false, item: 'posting-conflict' }
    case 'unbalanced':
    case 'rule-broken':
    case undefined:
      return { sale, cleared: false, item: 'posting-refused' }
  }
}
