/**
 * What to book for a sale: its split by the agreement in force, or all of it into suspense. Decided
 * without looking at the book; the split itself is computed inside the writer's batch.
 */
import { partyShare, suspense, takenInOn } from '@tillproof/shared/agreement/account-path.ts'
import {
  type ClearableSale,
  clearSale,
  type Leg,
  refusalOfSale,
  saleLegs,
} from '@tillproof/shared/agreement/clear-sale.ts'
import { excerptOf } from '@tillproof/shared/agreement/excerpt.ts'
import {
  agreementAfterwards,
  agreementInForce,
  type BookAgreements,
} from '@tillproof/shared/agreement/in-force.ts'
import { holdersAt, type SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import { type BookState, talliesAfter } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import {
  businessIdFromSuspense,
  businessIdOfSale,
  fromSuspenseHash,
  saleFactsHash,
} from '@tillproof/shared/ledger/sale-facts.ts'
import type { OpenItemReason } from '../attest/open-items.ts'
import type { JournalDraft } from './book.ts'
import type { PostingSource } from './draft-batch.ts'
import type { MatchedSale } from './matched.ts'

export type Plan = { sale: MatchedSale; source: PostingSource; suspended: OpenItemReason | null }

export function planSale({ signed, transfers }: BookAgreements, sale: MatchedSale): Plan {
  const clearable = clearableOf(sale)
  const inForce = agreementInForce(signed, coverOf(clearable))
  if (!('ok' in inForce)) return suspended(sale, inForce.refused)
  const { terms } = inForce.agreement
  if (!takes(terms, clearable)) return suspended(sale, 'agreement-refused')
  const { currency } = sale
  const draft: PostingSource['draft'] = state =>
    splitDraft(terms, clearable, { ...state, transfers }, legs => legs)
  return { sale, suspended: null, source: { ...identityOf(sale), currency, draft } }
}

/**
 * Takings that waited in suspense, now that an agreement speaks for the time of the sale: a journal
 * of its own, whose business id names the one it corrects; undefined while none speaks.
 * @param leftMinor what waits there still, where part of the sale was paid back
 */
export function planSuspended(
  { signed, transfers }: BookAgreements,
  sale: MatchedSale,
  reason: OpenItemReason,
  leftMinor: bigint = sale.amountMinor,
): PostingSource | undefined {
  const clearable = clearableOf({ ...sale, amountMinor: leftMinor })
  const found = agreementAfterwards(signed, coverOf(clearable))
  if (!('ok' in found) || !takes(found.agreement.terms, clearable)) return undefined
  const { terms } = found.agreement
  const { payloadHash } = identityOf(sale)
  const draft: PostingSource['draft'] = state => ({
    ...splitDraft(terms, clearable, { ...state, transfers }, legs => [
      { account: suspense(reason), side: 'debit', amountMinor: leftMinor },
      // The takings went through the machine's account when they came in.
      ...legs.slice(3),
    ]),
    kind: 'sale-from-suspense',
  })
  return {
    businessId: businessIdFromSuspense(sale.saleId),
    payloadHash: fromSuspenseHash(payloadHash),
    currency: sale.currency,
    draft,
  }
}

const coverOf = ({ deviceId, gross, atMs }: ClearableSale) => ({
  deviceId,
  currency: gross.currency,
  atMs,
})

/** Where the script fails nevertheless, nothing is booked and the sale becomes an open item. */
const takes = (terms: AgreementTerms, sale: ClearableSale): boolean =>
  refusalOfSale(terms, sale) === undefined

function splitDraft(
  terms: AgreementTerms,
  sale: ClearableSale,
  state: BookState,
  change: (legs: readonly Leg[]) => readonly Leg[],
): JournalDraft {
  const cleared = clearSale(terms, state, sale)
  const legs = change('ok' in cleared ? cleared.posting.legs : [])
  const { agreementId, version } = terms
  return {
    ...draftOf(sale, legs),
    agreement: { id: agreementId, version },
    partyOf: ownersOf(terms, state.transfers, sale.atMs),
    tallies: talliesAfter(state.tally, terms, { sourceAtMs: sale.atMs, legs }),
    excerpt: excerptOf(terms, state),
  }
}

/** Who the accounts of a split belong to, by path. */
export function ownersOf(
  terms: AgreementTerms,
  transfers: readonly SignedTransfer[],
  atMs: number,
): ReadonlyMap<string, string> {
  const holders = terms.participations.flatMap(each =>
    holdersAt(each, terms.agreementId, transfers, atMs),
  )
  return new Map([
    ...holders.map(({ partyId }) => [partyShare(partyId), partyId] as const),
    ...terms.accounts.map(({ account, partyId }) => [account, partyId] as const),
  ])
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

export const clearableOf = (sale: MatchedSale): ClearableSale => ({
  saleId: sale.saleId,
  deviceId: sale.deviceId,
  atMs: sale.at.getTime(),
  channel: sale.channel,
  item: sale.item,
  gross: { amountMinor: sale.amountMinor, currency: sale.currency },
})

/** The sale's id, and the hash of the facts that its posting is made from. */
function identityOf(sale: MatchedSale): { businessId: string; payloadHash: Uint8Array } {
  const receivable = takenInOn(sale.channel, sale.deviceId)
  const facts = { ...sale, orderId: sale.orderId ?? '', receivable, atMs: sale.at.getTime() }
  return { businessId: businessIdOfSale(sale.saleId), payloadHash: saleFactsHash(facts) }
}
