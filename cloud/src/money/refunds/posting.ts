/**
 * Refunds as postings. Of a sale: each share gives back the difference between its split on what
 * was left and on what is left, as the book stood when the sale was cleared; who has it no more
 * owes it. Of a payment that bought nothing: in by the payment company and out again. Pure.
 */
import {
  channelFees,
  channelReceivable,
  customersOwed,
  owed,
  partyShare,
} from '@tillproof/shared/agreement/account-path.ts'
import type { ClearableSale, Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import { stateOfExcerpt } from '@tillproof/shared/agreement/excerpt.ts'
import { refundSale, refundSuspended } from '@tillproof/shared/agreement/refund-sale.ts'
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import { talliesAfter } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { businessIdOfRefund, refundFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
import type { DraftState } from '../ledger/book.ts'
import type { PostingSource } from '../ledger/draft-batch.ts'
import { ownersOf } from '../ledger/plan.ts'
import { type Close, pend, voidPending } from '../ledger/two-phase.ts'
import { type BalanceOf, balanceIn, nameHash, posted, spread, spreadDebit } from './owed.ts'
import type { RefundRow } from './store.ts'

/** How the book has the sale: split by terms, or waiting whole in an account. */
export type BookedSale = { sale: ClearableSale } & (
  | { terms: AgreementTerms; excerpt: string | null; transfers: readonly SignedTransfer[] }
  | { suspense: string }
)
type Refund = Pick<
  RefundRow,
  'id' | 'operatorId' | 'deviceId' | 'orderId' | 'channel' | 'amountMinor' | 'currency' | 'feeMinor'
>
type OfSale = { refund: Refund; booked: BookedSale; beforeMinor: bigint; atMs: number }

/** Longer than any payment company takes. */
const HELD_MS = 366 * 86_400_000

/**
 * Holds what the shares have of it while the refund is on its way; undefined where nothing is.
 * @param balanceOf credits less debits, what is held counted
 */
export function holdRefund(
  { refund, booked, beforeMinor, atMs }: OfSale,
  balanceOf: BalanceOf,
): PostingSource | undefined {
  const receivable = channelReceivable(refund.channel)
  const given = spread(legsOfSale(booked, beforeMinor, refund.amountMinor) ?? [], balanceOf)
  const legs = given.filter(
    ({ account, side }) => side === 'debit' && !/^(owed|device):/.test(account),
  )
  const amountMinor = legs.reduce((sum, leg) => sum + leg.amountMinor, 0n)
  if (amountMinor === 0n) return undefined
  return pend({
    ...closeOf(refund, atMs),
    deviceId: refund.deviceId,
    untilMs: atMs + HELD_MS,
    legs: [...legs, { account: receivable, side: 'credit', amountMinor }],
  })
}

export const releaseRefund = (refund: Refund, atMs: number): PostingSource =>
  voidPending(closeOf(refund, atMs))

const closeOf = ({ id, currency }: Refund, atMs: number): Close => ({
  id: `refund:${id}`,
  currency,
  atMs,
})

/** What is held is released in the same batch, so that nobody comes between. */
export function bookSaleRefund(of: OfSale): PostingSource[] {
  const { refund, booked, beforeMinor, atMs } = of
  const draft: PostingSource['draft'] = state => {
    const expected = legsOfSale(booked, beforeMinor, refund.amountMinor) ?? []
    return journalOf(of, spread(expected, balanceIn(state)), state)
  }
  const { id, currency } = refund
  const { saleId } = booked.sale
  const businessId = businessIdOfRefund(id, saleId)
  const source = { businessId, payloadHash: factsHash(refund, saleId), currency, draft }
  return [releaseRefund(refund, atMs), source, ...(refund.feeMinor > 0n ? [bookFee(of)] : [])]
}

/** The payment came in and has gone out again; no machine took it and no share had it. */
export function bookUnsoldRefund(refund: Refund, atMs: number): PostingSource {
  const { id, channel, deviceId, amountMinor, currency } = refund
  const [receivable, customers] = [channelReceivable(channel), customersOwed(channel)]
  const legs: Leg[] = [
    { account: receivable, side: 'debit', amountMinor },
    { account: customers, side: 'credit', amountMinor },
    { account: customers, side: 'debit', amountMinor },
    { account: receivable, side: 'credit', amountMinor },
  ]
  const draft = () => ({
    kind: 'refund-unsold',
    deviceId,
    sourceAtMs: atMs,
    agreement: null,
    legs: posted(legs, currency),
  })
  const businessId = businessIdOfRefund(id, null)
  return { businessId, payloadHash: factsHash(refund, null), currency, draft }
}

/** What the company charges for a dispute that was lost: the operator chose the company. */
function bookFee({ refund, atMs }: OfSale): PostingSource {
  const { id, operatorId, channel, deviceId, feeMinor: amountMinor, currency } = refund
  const share = partyShare(operatorId)
  const businessId = `refund-fee:${id}`
  return {
    businessId,
    payloadHash: nameHash(`${businessId} ${amountMinor} ${currency}`),
    currency,
    draft: state => ({
      kind: 'refund-fee',
      deviceId,
      sourceAtMs: atMs,
      agreement: null,
      partyOf: new Map([share, owed(share)].map(account => [account, operatorId])),
      legs: posted(
        [
          ...spreadDebit({ account: share, side: 'debit', amountMinor }, balanceIn(state)),
          { account: channelFees(channel), side: 'credit', amountMinor },
        ],
        currency,
      ),
    }),
  }
}

/** Undefined where no more is left of the sale than goes back. */
function legsOfSale(
  booked: BookedSale,
  beforeMinor: bigint,
  amountMinor: bigint,
): Leg[] | undefined {
  const { sale } = booked
  if ('suspense' in booked) return refundSuspended(sale, booked.suspense, amountMinor)
  const { terms, excerpt, transfers } = booked
  const state = stateOfExcerpt(excerpt, transfers)
  const back = refundSale(terms, state, sale, { beforeMinor, amountMinor })
  return 'ok' in back ? back.legs : undefined
}

function journalOf({ refund, booked, atMs }: OfSale, legs: Leg[], state: DraftState) {
  const { deviceId, currency } = refund
  const facts = {
    kind: 'refund',
    deviceId,
    sourceAtMs: atMs,
    legs: posted(legs, currency),
  }
  if ('suspense' in booked) return { ...facts, agreement: null }
  const { terms, transfers, sale } = booked
  const owners = ownersOf(terms, transfers, sale.atMs)
  return {
    ...facts,
    agreement: { id: terms.agreementId, version: terms.version },
    partyOf: new Map([...owners, ...[...owners].map(([path, id]) => [owed(path), id] as const)]),
    tallies: talliesAfter(state.tally, terms, { sourceAtMs: atMs, legs }),
  }
}

const factsHash = (refund: Refund, saleId: string | null): Uint8Array =>
  refundFactsHash({
    refundId: refund.id,
    saleId,
    orderId: refund.orderId,
    receivable: channelReceivable(refund.channel),
    amountMinor: refund.amountMinor,
    currency: refund.currency,
  })
