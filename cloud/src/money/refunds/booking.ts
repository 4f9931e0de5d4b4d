/**
 * Books what became of refunds, one book at a time: those that succeeded are posted, what was held
 * for refused ones is given back, and what is owed is kept from what came in since. Safe to run
 * twice and to be killed anywhere: the ledger books a refund's id once.
 */
import type { Db } from '../../platform/db/db.ts'
import { closeItems, type OpenItemReason, openItem } from '../attest/open-items.ts'
import type { PostingResult, PostingSource } from '../ledger/draft-batch.ts'
import type { BookWriters } from '../ledger/writers.ts'
import { readBalances, readBookedSale } from './booked-sale.ts'
import * as due from './due.ts'
import { netOwed } from './owed.ts'
import { bookSaleRefund, bookUnsoldRefund, holdRefund, releaseRefund } from './posting.ts'
import type { RefundRow } from './store.ts'

export type BookingDeps = { db: Db; writers: BookWriters }

/** Decided refunds at a time; the next sweep takes the others. */
const MOST = 100

/** Stops when another process holds the book. */
export async function bookRefunds(deps: BookingDeps, operatorId: string): Promise<void> {
  const { db, writers } = deps
  const decided = await db.withSystem(tx => due.decidedRefunds(tx, operatorId, MOST))
  for (const refund of decided) {
    const sources = await sourcesOf(deps, refund)
    if (sources === undefined) continue
    const posted = await writers.post(operatorId, sources)
    if (!('ok' in posted)) return
    await settle(deps, refund, posted.results)
  }
  const owing = await db.withSystem(tx => due.owingAccounts(tx, operatorId))
  if (owing.length === 0) return
  const sources = owing.map(({ account, currency, turnoverMinor, atMs }) =>
    netOwed(account, currency, turnoverMinor, atMs),
  )
  await writers.post(operatorId, sources)
}

/** Undefined while it cannot be told whether the payment bought something. */
async function sourcesOf(
  { db }: BookingDeps,
  refund: RefundRow,
): Promise<PostingSource[] | undefined> {
  const atMs = refund.decidedAt?.getTime() ?? 0
  if (refund.state === 'refused') return [releaseRefund(refund, atMs)]
  const placed = await db.withSystem(tx => due.placeRefund(tx, refund))
  switch (placed.place) {
    case 'waits':
      return undefined
    case 'unsold':
      return [bookUnsoldRefund(refund, atMs)]
    case 'sale': {
      const { saleId, beforeMinor } = placed
      const booked = await db.withSystem(tx => readBookedSale(tx, refund.operatorId, saleId))
      if (booked === undefined) return undefined
      return bookSaleRefund({ refund, booked, beforeMinor, atMs })
    }
  }
}

/** Marks after the posting is committed. */
async function settle(
  { db }: BookingDeps,
  { id, operatorId, deviceId, orderId, state, saleId, amountMinor, currency }: RefundRow,
  results: readonly PostingResult[],
): Promise<void> {
  const fault = state === 'refused' ? undefined : faultOf(results)
  await db.withSystem(
    async tx => {
      if (fault !== undefined) {
        const sale = saleId === null ? {} : { saleId }
        const item = { operatorId, deviceId, orderId, amountMinor, currency, ...sale }
        return openItem(tx, { reason: fault, ...item })
      }
      await due.setBooked(tx, id)
      if (state === 'succeeded') await closeItems(tx, orderId, SETTLED)
    },
    { idempotent: true },
  )
}

/** What a refund of the whole payment settles; of a part, the next looks finds the rest again. */
const SETTLED: OpenItemReason[] = [
  'payment-late',
  'paid-sale-failed',
  'payment-without-sale',
  'refund-failed',
]

function faultOf(results: readonly PostingResult[]): OpenItemReason | undefined {
  const outcomes = results
    .filter(({ businessId }) => businessId.startsWith('refund'))
    .map(({ outcome }) => outcome)
  if (outcomes.every(outcome => outcome === 'posted' || outcome === 'exists')) return undefined
  return outcomes.includes('conflict') ? 'posting-conflict' : 'posting-refused'
}

/**
 * Holds what the shares have of a refund that is about to be asked for, where its sale is booked.
 * False while another process holds the book.
 */
export async function holdShares(
  { db, writers }: BookingDeps,
  refund: RefundRow,
): Promise<boolean> {
  const { operatorId, amountMinor, currency } = refund
  const hold = await db.withSystem(async tx => {
    const sold = await due.unbookedSale(tx, refund)
    const booked = sold && (await readBookedSale(tx, operatorId, sold.saleId))
    if (sold === undefined || booked === undefined) return undefined
    const balances = await readBalances(tx, operatorId, currency, booked)
    const atMs = refund.requestedAt.getTime()
    const beforeMinor = sold.leftMinor > amountMinor ? sold.leftMinor : amountMinor
    return holdRefund({ refund, booked, beforeMinor, atMs }, account => balances.get(account) ?? 0n)
  })
  if (hold === undefined) return true
  // Held before, or by too little to hold: the company is asked all the same.
  return 'ok' in (await writers.post(operatorId, [hold]))
}
