/**
 * The rule of a sale's journal: it books what the machine recorded, under the agreement that was in
 * force, split to the cent as that agreement's terms say. Takings that waited in suspense are split
 * by a journal of their own, once an agreement speaks for their time. Pure.
 */
import { CASH, channelTakenIn, takenInOn } from '@tillproof/shared/agreement/account-path.ts'
import {
  type ClearableSale,
  clearSale,
  type Leg,
  saleLegs,
} from '@tillproof/shared/agreement/clear-sale.ts'
import {
  agreementAfterwards,
  agreementInForce,
  type SignedAgreement,
} from '@tillproof/shared/agreement/in-force.ts'
import { type BookState, EMPTY_BOOK } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { SaleStory } from '@tillproof/shared/bundle/sale-story.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { fromSuspenseHash, saleFactsHash } from '@tillproof/shared/ledger/sale-facts.ts'
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
  /** For takings from suspense: where the sale waits; empty if it does not. */
  suspense?: string
  /** What waits there still, where part of the sale was paid back. */
  leftMinor?: bigint
}
/** `legs` are the ones that the book should have, for the sale as it has it. */
export type JudgedSplit = { legs: readonly Leg[]; sale: ClearableSale; fault?: SplitFault }
export type SplitFault = { kind: FindingKind; detail: string }

/**
 * A version takes effect by the cloud's clock and a sale is made by the payment company's: so near
 * to the change either version may speak.
 */
const CHANGE_MS = 600_000

export function judgeSplit(journal: Journal, basis: SplitBasis): JudgedSplit {
  const sale = saleOf(journal, basis)
  const fault = factsFault(journal, basis, sale) ?? agreementFault(journal, basis, sale)
  if (fault !== undefined) return { legs: [], sale, fault }
  const legs = expectedLegs(journal, basis, sale)
  if (typeof legs === 'string') {
    return { legs: [], sale, fault: { kind: 'wrong-split', detail: legs } }
  }
  const detail = differences(legs, journal)
  return { legs, sale, ...(detail && { fault: { kind: 'wrong-split', detail } }) }
}

/** The machine's amount and item, at the time that the book gives the sale. */
function saleOf(journal: Journal, basis: SplitBasis): ClearableSale {
  const { saleId, sale, item } = basis.story
  const gross = grossOf(basis)
  const channel = channelOf(journal, basis)
  return { saleId, deviceId: sale.device, atMs: journal.sourceAtMs, channel, item, gross }
}

const grossOf = ({ story, leftMinor }: SplitBasis) =>
  leftMinor === undefined ? story.gross : { ...story.gross, amountMinor: leftMinor }

/** As the legs name it; from suspense, the one of the terms that gives the facts their hash. */
function channelOf(journal: Journal, { story, terms, suspense }: SplitBasis): string {
  if (suspense === undefined) {
    const names = journal.legs.map(leg => channelTakenIn(leg.account))
    return names.find(name => name !== undefined) ?? ''
  }
  const channels = (terms?.terms ?? []).flatMap(term =>
    term.kind === 'payment-fee' ? term.channels.map(each => each.channel) : [],
  )
  const isIt = (channel: string) => isMadeFrom(journal, story, channel, true)
  return [...channels, CASH].find(isIt) ?? ''
}

function factsFault(
  journal: Journal,
  { story, suspense }: SplitBasis,
  sale: ClearableSale,
): SplitFault | undefined {
  const { device } = story.sale
  if (journal.deviceId !== device) {
    return unfounded(`it is booked for ${journal.deviceId}, and ${device} made the sale`)
  }
  if (suspense === '') return unfounded('the sale does not wait in suspense')
  const from = suspense ?? takenInOn(sale.channel, device)
  const taken = journal.legs.filter(leg => leg.account === from && leg.side === 'debit')
  const isAmount = taken.length === 1 && taken[0]?.amountMinor === sale.gross.amountMinor
  if (!isAmount || journal.legs.some(leg => leg.currency !== story.gross.currency)) {
    const booked = taken.map(formatMoney).join(' and ') || 'nothing'
    const detail = `it takes ${booked} from ${from}, the machine sold ${formatMoney(sale.gross)}`
    return { kind: 'amount-differs', detail }
  }
  if (isMadeFrom(journal, story, sale.channel, suspense !== undefined)) return undefined
  const paidBy = story.tender ?? `order ${story.orderId}`
  return unfounded(`it is made from other facts than the machine’s: it was paid by ${paidBy}`)
}

/**
 * Whether the payload hash is that of the machine's facts; true where it was told no order. Cash is
 * what the machine says was paid in cash, and nothing else.
 */
function isMadeFrom(
  { sourceAtMs, payloadHash }: Journal,
  { saleId, sale, orderId = '', tender, gross }: SaleStory,
  channel: string,
  isFromSuspense: boolean,
): boolean {
  if ((tender === 'cash') !== (channel === CASH)) return false
  if (orderId === '' && channel !== CASH) return true
  const receivable = takenInOn(channel, sale.device)
  const facts = saleFactsHash({ saleId, orderId, receivable, ...gross, atMs: sourceAtMs })
  return equal(isFromSuspense ? fromSuspenseHash(facts) : facts, payloadHash)
}

const unfounded = (detail: string): SplitFault => ({ kind: 'unfounded-posting', detail })

/** Named is another version than was in force, or none where there was one. */
function agreementFault(
  journal: Journal,
  basis: SplitBasis,
  sale: ClearableSale,
): SplitFault | undefined {
  const { agreement, legs } = journal
  const could = [0, -CHANGE_MS, CHANGE_MS].map(byMs => speaking(journal, basis, sale, byMs))
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

/** The terms that speak for the sale, were the clocks this much apart. */
function speaking(
  { bookedAtMs }: Journal,
  { agreements, suspense }: SplitBasis,
  { deviceId, gross, atMs }: ClearableSale,
  byMs: number,
): AgreementTerms | undefined {
  const cover = { deviceId, currency: gross.currency, atMs: atMs + byMs }
  // Of what was signed after the sale only that counts which was signed when it was booked.
  const known = agreements.filter(each => each.effectiveFromMs <= bookedAtMs + byMs)
  const found =
    suspense === undefined ? agreementInForce(agreements, cover) : agreementAfterwards(known, cover)
  return 'ok' in found ? found.agreement.terms : undefined
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
  { terms, state, suspense }: SplitBasis,
  sale: ClearableSale,
): Leg[] | string {
  const { amountMinor } = sale.gross
  if (terms === null) {
    const account = legs.find(leg => leg.account.startsWith('suspense:'))?.account ?? 'suspense:'
    return saleLegs(sale, [{ account, paidMinor: amountMinor }])
  }
  const cleared = clearSale(terms, state, sale)
  if ('refused' in cleared) return `the agreement does not cover it (${cleared.refused})`
  if (suspense === undefined) return cleared.posting.legs
  // The takings went through the machine's account when they came in: its three legs are booked.
  const out = cleared.posting.legs.slice(3)
  return [{ account: suspense, side: 'debit', amountMinor }, ...out]
}

/** In words, or undefined where both have the same legs, all in one phase. */
export function differences(
  expected: readonly Leg[],
  { legs }: Pick<Journal, 'legs'>,
): string | undefined {
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
