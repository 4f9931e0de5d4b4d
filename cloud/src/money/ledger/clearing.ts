/**
 * Clearing: each matched sale becomes one posting, by the agreement in force at the sale's time, or
 * into suspense with an open item when none speaks for it. Safe to run twice and to be killed
 * anywhere: the ledger books a sale id once, and what is not marked is tried again.
 */
import { channelReceivable, suspense } from '@tillproof/shared/agreement/account-path.ts'
import {
  type BookState,
  type ClearableSale,
  clearSale,
  type Leg,
  saleLegs,
} from '@tillproof/shared/agreement/clear-sale.ts'
import { agreementInForce, type SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import { businessIdOfSale, saleFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
import type { Db } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import type { OpenItemReason } from '../attest/open-items.ts'
import type { JournalDraft } from './book.ts'
import { type MatchedSale, markCleared, type Settled, unclearedSales } from './matched.ts'
import type { PostingResult, PostingSource } from './writer.ts'
import type { BookWriters } from './writers.ts'

export type ClearingDeps = { db: Db; writers: BookWriters }

/** Sales of one batch: enough to fill a round trip, few enough to commit within a second. */
const BATCH = 500

/** Clears all that is matched in one book; stops when another process holds it. */
export async function clearBook(deps: ClearingDeps, operatorId: string): Promise<void> {
  for (;;) {
    const { sales, agreements } = await deps.db.withSystem(async tx => ({
      sales: await unclearedSales(tx, operatorId, BATCH),
      agreements: await agreementsOf(tx, operatorId),
    }))
    if (sales.length === 0) return
    const plans = sales.map(sale => planSale(agreements, sale))
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

type Plan = { sale: MatchedSale; source: PostingSource; suspended: OpenItemReason | null }

/** What to book for a sale, decided without looking at the book's balances. */
function planSale(agreements: readonly SignedAgreement[], sale: MatchedSale): Plan {
  const clearable = clearableOf(sale)
  const { currency } = sale
  const cover = { deviceId: sale.deviceId, currency, atMs: clearable.atMs }
  const inForce = agreementInForce(agreements, cover)
  if (!('ok' in inForce)) return suspended(sale, inForce.refused)
  const { terms } = inForce.agreement
  // Whether terms take a sale never depends on the balances, so an empty book may answer.
  if ('refused' in clearSale(terms, NO_CREDITS, clearable)) {
    return suspended(sale, 'agreement-refused')
  }
  const draft = (state: BookState) => splitDraft(terms, clearable, state)
  return { sale, suspended: null, source: { ...identityOf(sale), currency, draft } }
}

const NO_CREDITS: BookState = { creditedMinor: () => 0n }

function splitDraft(terms: AgreementTerms, sale: ClearableSale, state: BookState): JournalDraft {
  const cleared = clearSale(terms, state, sale)
  const legs = 'ok' in cleared ? cleared.posting.legs : []
  return {
    ...draftOf(sale, legs),
    agreement: { id: terms.agreementId, version: terms.version },
    partyOf: new Map(
      [...terms.shares, terms.remainder].map(part => [part.account, part.partyId] as const),
    ),
  }
}

/** All of it waits in suspense: booked and balanced, with nobody's share decided. */
function suspended(sale: MatchedSale, reason: OpenItemReason): Plan {
  const clearable = clearableOf(sale)
  const legs = saleLegs(clearable, [{ account: suspense(reason), paidMinor: sale.amountMinor }])
  const draft = () => ({ ...draftOf(clearable, legs), agreement: null })
  const source = { ...identityOf(sale), currency: sale.currency, draft }
  return { sale, suspended: reason, source }
}

const draftOf = (sale: ClearableSale, legs: readonly Leg[]) => ({
  kind: 'sale',
  deviceId: sale.deviceId,
  sourceAtMs: sale.atMs,
  legs: legs.map((leg): JournalLeg => ({ ...leg, currency: sale.gross.currency, phase: 'posted' })),
})

const clearableOf = (sale: MatchedSale): ClearableSale => ({
  saleId: sale.saleId,
  deviceId: sale.deviceId,
  atMs: sale.at.getTime(),
  channel: sale.channel,
  gross: { amountMinor: sale.amountMinor, currency: sale.currency },
})

/** The sale's id, and the hash of the facts that its posting is made from. */
function identityOf(sale: MatchedSale): { businessId: string; payloadHash: Uint8Array } {
  const receivable = channelReceivable(sale.channel)
  const facts = { ...sale, receivable, atMs: sale.at.getTime() }
  return { businessId: businessIdOfSale(sale.saleId), payloadHash: saleFactsHash(facts) }
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
