/**
 * The rule of a refund's journal: each share gives back the difference between its split on what
 * was left of the sale and on what is left, as the book stood when the sale was cleared. That the
 * money did go back is the payment company's word, which is not shown here; who pays for it is
 * computed. Pure.
 */
import {
  channelReceivable,
  customersOwed,
  standsFor,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import { stateOfExcerpt } from '@tillproof/shared/agreement/excerpt.ts'
import { refundSale, refundSuspended } from '@tillproof/shared/agreement/refund-sale.ts'
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import type { Journal, JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import { bookedRefund, refundFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
import type { SoldSale } from './sold-sales.ts'
import { differences, type SplitFault } from './split-rule.ts'

export type RefundBasis = {
  /** As it was recomputed; undefined where the book has no such sale. */
  sold: SoldSale | undefined
  /** The terms that the journal names; null where it names none. */
  terms: AgreementTerms | null
  /** Name of the version that the journal names. */
  agreement: string | null
  transfers: readonly SignedTransfer[]
}
/** `legs` are the ones that the book should have, `sold` what is left of the sale. */
export type JudgedRefund = { legs: readonly JournalLeg[]; sold?: SoldSale; fault?: SplitFault }

const REFUNDS = new Set(['refund', 'refund-unsold'])

/** Whether it books a refund, by its kind or by its business id. */
export const isRefund = ({ kind, businessId }: Journal): boolean =>
  REFUNDS.has(kind) || bookedRefund(businessId) !== undefined

export function judgeRefund(journal: Journal, basis: RefundBasis): JudgedRefund {
  const refund = bookedRefund(journal.businessId)
  if (refund === undefined) return unfounded(journal, 'its business id names no refund')
  if (refund.saleId === null) return judgeUnsold(journal)
  const { sold, agreement } = basis
  if (sold === undefined) return unfounded(journal, `the book has no sale ${refund.saleId}`)
  const amountMinor = paidOut(journal, channelReceivable(sold.sale.channel))
  const fault = factsFault(journal, sold, { ...refund, amountMinor })
  if (fault !== undefined) return unfounded(journal, fault)
  const told = agreement ?? 'no agreement'
  if (agreement !== sold.agreement) {
    const detail = `it names ${told}, and the sale was split by ${sold.agreement ?? 'none'}`
    return { legs: journal.legs, fault: { kind: 'wrong-agreement', detail } }
  }
  const expected = expectedLegs(basis, sold, amountMinor)
  if (typeof expected === 'string') return wrong(journal, expected)
  const left = { ...sold, leftMinor: sold.leftMinor - amountMinor }
  const detail = differences(expected, { legs: journal.legs.map(inPlace) })
  if (detail === undefined) return { legs: journal.legs, sold: left }
  const { currency } = sold.sale.gross
  const legs = expected.map(leg => ({ ...leg, currency, phase: 'posted' as const }))
  return { legs, sold: left, fault: { kind: 'wrong-split', detail } }
}

/** What the payment company paid out, its own advance counted. */
const paidOut = ({ legs }: Journal, receivable: string): bigint =>
  legs
    .filter(({ account, side }) => side === 'credit' && standsFor(account) === receivable)
    .reduce((sum, leg) => sum + leg.amountMinor, 0n)

function factsFault(
  { deviceId, legs, payloadHash }: Journal,
  { sale, orderId }: SoldSale,
  { refundId, amountMinor }: { refundId: string; amountMinor: bigint },
): string | undefined {
  if (deviceId !== sale.deviceId) {
    return `it is booked for ${deviceId}, and ${sale.deviceId} made the sale`
  }
  const { currency } = sale.gross
  if (legs.some(leg => leg.currency !== currency)) return 'it is in another currency'
  if (orderId === null) return undefined
  const receivable = channelReceivable(sale.channel)
  const { saleId } = sale
  const facts = { refundId, saleId, orderId, receivable, amountMinor, currency }
  if (equal(refundFactsHash(facts), payloadHash)) return undefined
  return 'it is made from other facts than the sale’s order and what was paid out'
}

function expectedLegs(
  { terms, transfers }: RefundBasis,
  { sale, suspense, excerpt, leftMinor }: SoldSale,
  amountMinor: bigint,
): Leg[] | string {
  if (amountMinor > leftMinor) return `it takes back ${amountMinor}, and ${leftMinor} is left`
  if (terms === null) return refundSuspended(sale, suspense ?? 'suspense:', amountMinor)
  const state = stateOfExcerpt(excerpt, transfers)
  const back = refundSale(terms, state, sale, { beforeMinor: leftMinor, amountMinor })
  return 'ok' in back ? back.legs : `the terms do not split what is left (${back.refused})`
}

/** Of a payment that bought nothing: in and out again, and nobody's share. */
function judgeUnsold(journal: Journal): JudgedRefund {
  const [first] = journal.legs
  const channel = /^psp:([^:]+):receivable$/.exec(first?.account ?? '')?.[1] ?? ''
  const amountMinor = first?.amountMinor ?? 0n
  const [company, customers] = [channelReceivable(channel), customersOwed(channel)]
  const expected: Leg[] = [
    { account: company, side: 'debit', amountMinor },
    { account: customers, side: 'credit', amountMinor },
    { account: customers, side: 'debit', amountMinor },
    { account: company, side: 'credit', amountMinor },
  ]
  const detail = differences(expected, journal)
  return detail === undefined ? { legs: journal.legs } : wrong(journal, detail)
}

const inPlace = (leg: JournalLeg): JournalLeg => ({ ...leg, account: standsFor(leg.account) })

const wrong = ({ legs }: Journal, detail: string): JudgedRefund => ({
  legs,
  fault: { kind: 'wrong-split', detail },
})

const unfounded = ({ legs }: Journal, detail: string): JudgedRefund => ({
  legs,
  fault: { kind: 'unfounded-posting', detail },
})
