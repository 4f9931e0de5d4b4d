/**
 * The rule of a sale's journal: it books what the machine recorded, under the agreement that was in
 * force, split to the cent as that agreement's terms say. Pure.
 */
import { channelReceivable } from '@tillproof/shared/agreement/account-path.ts'
import {
  type ClearableSale,
  clearSale,
  type Leg,
  saleLegs,
} from '@tillproof/shared/agreement/clear-sale.ts'
import { agreementInForce, type SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import { type BookState, EMPTY_BOOK } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { SaleStory } from '@tillproof/shared/bundle/sale-story.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { saleFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
import { formatMoney } from '@tillproof/shared/money/money.ts'
import type { FindingKind } from '../finding.ts'

/** What a journal is held against. */
export type SplitBasis = {
  story: SaleStory
  /** The terms that the journal names; null where it names none. */
  terms: AgreementTerms | null
  /** Every version of the book that this monitor has proven to be signed and logged. */
  agreements: readonly SignedAgreement[]
  /** The book as this monitor has recomputed it so far, in the sale's currency. */
  state: BookState
}
/** `legs` are the ones that the book should have. */
export type JudgedSplit = { legs: readonly Leg[]; fault?: SplitFault }
export type SplitFault = { kind: FindingKind; detail: string }

/**
 * A version takes effect by the cloud's clock and a sale is made by the payment company's: so near
 * to the change either version may speak.
 */
const CHANGE_MS = 600_000
const RECEIVABLE = /^psp:([^:]+):receivable$/

export function judgeSplit(journal: Journal, basis: SplitBasis): JudgedSplit {
  const sale = saleOf(journal, basis.story)
  const fault = factsFault(journal, basis.story, sale)
  if (fault !== undefined) return { legs: [], fault }
  const inForce = agreementFault(journal, basis, sale)
  if (inForce !== undefined) return { legs: [], fault: inForce }
  const legs = expectedLegs(journal, basis, sale)
  if (typeof legs === 'string') return { legs: [], fault: { kind: 'wrong-split', detail: legs } }
  const detail = differences(legs, journal)
  return detail === undefined ? { legs } : { legs, fault: { kind: 'wrong-split', detail } }
}

/** The machine's amount, at the time that the book gives the sale. */
function saleOf({ legs, sourceAtMs }: Journal, story: SaleStory): ClearableSale {
  const receivable = legs.find(leg => leg.side === 'debit' && RECEIVABLE.test(leg.account))
  return {
    saleId: story.saleId,
    deviceId: story.sale.device,
    atMs: sourceAtMs,
    channel: RECEIVABLE.exec(receivable?.account ?? '')?.[1] ?? '',
    item: story.item,
    gross: story.gross,
  }
}

function factsFault(journal: Journal, story: SaleStory, sale: ClearableSale) {
  const { device } = story.sale
  if (journal.deviceId !== device) {
    return unfounded(`it is booked for ${journal.deviceId}, and ${device} made the sale`)
  }
  const { amountMinor, currency } = story.gross
  const receivable = channelReceivable(sale.channel)
  const taken = journal.legs.filter(leg => leg.account === receivable && leg.side === 'debit')
  const isAmount = taken.length === 1 && taken[0]?.amountMinor === amountMinor
  if (!isAmount || journal.legs.some(leg => leg.currency !== currency)) {
    const booked = taken.map(formatMoney).join(' and ') || 'nothing'
    const detail = `it books ${booked}, and the machine recorded ${formatMoney(story.gross)}`
    return { kind: 'amount-differs', detail } as const
  }
  const { saleId, orderId } = story
  if (orderId === undefined) return undefined
  const facts = { saleId, orderId, receivable, amountMinor, currency, atMs: sale.atMs }
  if (equal(saleFactsHash(facts), journal.payloadHash)) return undefined
  return unfounded(`it was made from other facts than the machine’s, whose order is ${orderId}`)
}

const unfounded = (detail: string) => ({ kind: 'unfounded-posting', detail }) as const

/** Named is another version than was in force, or none where there was one. */
function agreementFault(
  { agreement, legs }: Journal,
  { agreements }: SplitBasis,
  sale: ClearableSale,
): SplitFault | undefined {
  const { deviceId, gross } = sale
  const could = [0, -CHANGE_MS, CHANGE_MS].map(byMs => {
    const atMs = sale.atMs + byMs
    const found = agreementInForce(agreements, { deviceId, currency: gross.currency, atMs })
    return 'ok' in found ? found.agreement.terms : undefined
  })
  const [speaks] = could
  if (agreement !== null) {
    const isIt = (terms?: AgreementTerms) =>
      terms?.agreementId === agreement.id && terms.version === agreement.version
    if (speaks === undefined || could.some(isIt)) return undefined
    return other(`it is split by ${agreement.id} version ${agreement.version}`, speaks)
  }
  const isSplit = legs.some(leg => leg.side === 'credit' && isShare(leg))
  if (isSplit) return other('it is split by no agreement', speaks)
  const isRefused = (terms?: AgreementTerms) =>
    terms === undefined || 'refused' in clearSale(terms, EMPTY_BOOK, sale)
  return could.some(isRefused) ? undefined : other('it waits in suspense', speaks)
}

const isShare = ({ account }: { account: string }): boolean => !/^(device|suspense):/.test(account)

function other(what: string, speaks: AgreementTerms | undefined): SplitFault {
  const named = speaks && `${speaks.agreementId} version ${speaks.version}`
  const detail = `${what}, and in force was ${named ?? 'none that this monitor knows'}`
  return { kind: 'wrong-agreement', detail }
}

/** What the book should have, or why the terms give nothing. */
function expectedLegs(
  { legs }: Journal,
  { terms, state }: SplitBasis,
  sale: ClearableSale,
): Leg[] | string {
  if (terms === null) {
    const account = legs.find(leg => leg.account.startsWith('suspense:'))?.account ?? 'suspense:'
    return saleLegs(sale, [{ account, paidMinor: sale.gross.amountMinor }])
  }
  const cleared = clearSale(terms, state, sale)
  return 'ok' in cleared
    ? cleared.posting.legs
    : `the agreement does not cover it (${cleared.refused})`
}

/** In words, or undefined where both have the same legs, all in one phase. */
function differences(expected: readonly Leg[], { legs }: Journal): string | undefined {
  if (new Set(legs.map(leg => leg.phase)).size > 1) return 'its legs are in several phases'
  const [want, have] = [sums(expected), sums(legs)]
  const lines = [...new Set([...want.keys(), ...have.keys()])]
    .filter(line => want.get(line) !== have.get(line))
    .map(line => `${line} is ${have.get(line) ?? 0n} and should be ${want.get(line) ?? 0n}`)
  return lines.length === 0 ? undefined : lines.join('; ')
}

function sums(legs: readonly Leg[]): Map<string, bigint> {
  const total = new Map<string, bigint>()
  for (const { side, account, amountMinor } of legs) {
    const line = `${side} ${account}`
    total.set(line, (total.get(line) ?? 0n) + amountMinor)
  }
  return total
}
