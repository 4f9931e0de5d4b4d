/**
 * Clearing: each sale that is matched or was paid in cash becomes one posting, by the agreement in
 * force at its time, or into suspense with an open item when none speaks for it. Safe to run twice
 * and to be killed anywhere: the ledger books a sale id once; what is not marked is tried again.
 */
import type { BookAgreements } from '@tillproof/shared/agreement/in-force.ts'
import type { Db } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import type { PostingResult } from './draft-batch.ts'
import {
  type MatchedSale,
  markCleared,
  type Settled,
  unclearedCash,
  unclearedSales,
} from './matched.ts'
import { type Plan, planSale } from './plan.ts'
import type { BookWriters } from './writers.ts'

export type ClearingDeps = { db: Db; writers: BookWriters }

/** Sales of one batch: enough to fill a round trip, few enough to commit within a second. */
const BATCH = 500

/** Clears all that is matched or paid in cash in one book; stops when another process holds it. */
export async function clearBook(deps: ClearingDeps, operatorId: string): Promise<void> {
  await clearAll(deps, operatorId, unclearedSales)
  await clearAll(deps, operatorId, unclearedCash)
}

/** While one page is being written the next is read and drafted. */
async function clearAll(
  deps: ClearingDeps,
  operatorId: string,
  waiting: typeof unclearedSales,
): Promise<void> {
  let before = Promise.resolve(true)
  let page = await readPage(deps, operatorId, waiting)
  while (page.sales.length > 0) {
    const clearing = clearPage(deps, operatorId, page)
    // Its failure is told below, whatever happens to the reading of the next page.
    clearing.catch(() => undefined)
    const isLast = page.sales.length < BATCH
    page = isLast ? NOTHING : await readPage(deps, operatorId, waiting, page.sales.at(-1))
    if (!(await before)) return
    before = clearing
  }
  await before
}

type Page = { sales: MatchedSale[]; book: BookAgreements }
const NOTHING: Page = { sales: [], book: { signed: [], transfers: [] } }

const readPage = (
  deps: ClearingDeps,
  operatorId: string,
  waiting: typeof unclearedSales,
  last?: MatchedSale,
): Promise<Page> =>
  deps.db.withSystem(async tx => ({
    sales: await waiting(tx, operatorId, BATCH, last),
    book: await agreementsOf(tx, operatorId),
  }))

/** False when another process holds the book. */
async function clearPage(
  { db, writers }: ClearingDeps,
  operatorId: string,
  { sales, book }: Page,
): Promise<boolean> {
  const plans = sales.map(sale => planSale(book, sale))
  const posted = await writers.post(
    operatorId,
    plans.map(plan => plan.source),
  )
  if (!('ok' in posted)) return false
  const settled = plans.map((plan, at) => settledBy(plan, posted.results[at]))
  // Two processes may mark the same sales in different orders; one of them is told to try again.
  await db.withSystem(tx => markCleared(tx, operatorId, settled), { idempotent: true })
  return true
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
    case 'not-pending':
    case 'over-pending':
    case 'too-early':
    case 'too-late':
    case 'nothing-due':
    case undefined:
      return { sale, cleared: false, item: 'posting-refused' }
  }
}
