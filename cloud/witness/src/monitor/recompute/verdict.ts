/**
 * What becomes of one journal, from what is known about it: agreed or not, which legs the book
 * should have, and what is to be said. Pure.
 */
import { partyBlocked } from '@tillproof/shared/agreement/account-path.ts'
import { excerptOf } from '@tillproof/shared/agreement/excerpt.ts'
import type { SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { BookState } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import {
  type BlockedMinor,
  freezeFault,
  frozenLegs,
  type PlacedFreeze,
  undiverted,
} from '@tillproof/shared/ledger/freeze.ts'
import {
  type Journal,
  type JournalLeg,
  journalBytes,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { SETTLEMENT, settlementFault } from '@tillproof/shared/ledger/settlement.ts'
import type { Finding, FindingKind } from '../finding.ts'
import type { SaleEvidence } from './evidence-of-sale.ts'
import type { Settled } from './recomputed-books.ts'
import { isRefund, judgeRefund } from './refund-rule.ts'
import type { SoldSale } from './sold-sales.ts'
import { judgeSplit } from './split-rule.ts'

/** A journal and what its machine recorded; undefined where it books no sale. */
export type EvidentJournal = { journal: Journal; evidence: SaleEvidence | undefined }
export type VerdictBasis = {
  /** Proven versions of the book. */
  agreements: readonly SignedAgreement[]
  /** Versions that are not proven, and why, by `versionName`. */
  unseen: ReadonlyMap<string, FindingKind | 'unseen'>
  /** Whether its business was booked before. */
  isBooked: boolean
  /** Where the sale waits, for a journal that takes it from suspense. */
  suspense?: string
  /** The sale that it is about, where it was booked before: one that waits, or is paid back. */
  sold?: SoldSale
  stateOf(currency: string): BookState
  /** Orders that keep parties' shares from them, with their places in the book. */
  freezes: readonly PlacedFreeze[]
}
export type Verdict = Pick<Settled, 'outcome' | 'legs' | 'terms' | 'sold'> & { finding?: Finding }

/** What was agreed and, on top of it, what orders keep of it. */
export function verdictOn(each: EvidentJournal, basis: VerdictBasis): Verdict {
  const { journal } = each
  const { stateOf, freezes } = basis
  const blockedMinor: BlockedMinor = (partyId, currency) => {
    const [state, account] = [stateOf(currency), partyBlocked(partyId)]
    return state.creditedMinor(account) - state.debitedMinor(account)
  }
  const agreed = verdictOnAgreed(each, basis)
  const legs = frozenLegs(freezes, { ...journal, legs: [...agreed.legs] }, blockedMinor)
  const fault = freezeFault(freezes, journal, blockedMinor)
  if (fault === undefined || agreed.finding !== undefined) return { ...agreed, legs }
  const finding = found('wrong-freeze', journal, fault, null)
  return { ...agreed, legs, outcome: finding.kind, finding }
}

function verdictOnAgreed({ journal, evidence }: EvidentJournal, basis: VerdictBasis): Verdict {
  const { agreements, unseen, isBooked, suspense, stateOf } = basis
  const { agreement, legs } = journal
  if (isBooked) return differs(journal, 'booked-twice', 'it was booked before')
  const terms = agreements.find(each => isNamed(journal, each.terms))?.terms ?? null
  const isUnproven = agreement && unseen.get(versionName(agreement.id, agreement.version))
  if (isRefund(journal)) {
    if (isUnproven) return { outcome: isUnproven, legs, terms }
    return verdictOnRefund(journal, terms, basis)
  }
  if (evidence === undefined) {
    const fault = isSettlement(journal) && settlementFault(journal, stateOf(currencyOf(journal)))
    return fault ? differs(journal, 'wrong-settlement', fault) : { outcome: 'other', legs, terms }
  }
  if (!('story' in evidence)) {
    const [why, bundle] =
      'unfounded' in evidence ? [evidence.unfounded, evidence.bundle] : [LATE, null]
    return { ...differs(journal, 'unfounded-posting', why, bundle), terms }
  }
  if (isUnproven) return { outcome: isUnproven, legs, terms }
  const { story } = evidence
  const state = stateOf(story.gross.currency)
  const leftMinor = basis.sold?.leftMinor
  const where = suspense === undefined ? {} : { suspense, ...(leftMinor && { leftMinor }) }
  const split = { ...journal, legs: undiverted(legs) }
  const judged = judgeSplit(split, { story, terms, agreements, state, ...where })
  const { fault } = judged
  if (judged.legs.length === 0 && fault)
    return { ...differs(journal, fault.kind, fault.detail), terms }
  const [phase = 'posted'] = legs.map(leg => leg.phase)
  const expected = judged.legs.map(leg => ({ ...leg, phase, currency: story.gross.currency }))
  const outcome = fault === undefined ? 'agreed' : fault.kind
  const finding = fault && { finding: found(fault.kind, journal, fault.detail, null) }
  const sold: SoldSale = {
    sale: { ...judged.sale, gross: story.gross },
    orderId: story.orderId ?? null,
    agreement: agreement && versionName(agreement.id, agreement.version),
    suspense: terms ? null : (waitsIn(expected) ?? null),
    excerpt: terms && excerptOf(terms, state),
    leftMinor: judged.sale.gross.amountMinor,
  }
  return { outcome, legs: expected, terms, sold, ...finding }
}

function verdictOnRefund(
  journal: Journal,
  terms: AgreementTerms | null,
  { sold: known, stateOf }: VerdictBasis,
): Verdict {
  const { agreement } = journal
  const judged = judgeRefund(
    { ...journal, legs: undiverted(journal.legs) },
    {
      sold: known,
      terms,
      agreement: agreement && versionName(agreement.id, agreement.version),
      transfers: stateOf(currencyOf(journal)).transfers,
    },
  )
  const { legs, fault, sold } = judged
  const finding = fault && { finding: found(fault.kind, journal, fault.detail, null) }
  return { outcome: fault?.kind ?? 'agreed', legs, terms, ...(sold && { sold }), ...finding }
}

const waitsIn = (legs: readonly JournalLeg[]): string | undefined =>
  legs.find(({ account, side }) => side === 'credit' && account.startsWith('suspense:'))?.account

const isSettlement = ({ kind, businessId }: Journal): boolean =>
  kind === SETTLEMENT || businessId.startsWith(`${SETTLEMENT}:`)

const currencyOf = ({ legs }: Journal): string => legs[0]?.currency ?? ''

const LATE = 'its events are in no published checkpoint'

const isNamed = ({ agreement }: Journal, terms: AgreementTerms): boolean =>
  agreement?.id === terms.agreementId && agreement.version === terms.version

/** What cannot be recomputed is taken over as booked. */
function differs(
  journal: Journal,
  kind: FindingKind,
  detail: string,
  bundle: string | null = null,
): Verdict {
  const finding = found(kind, journal, detail, bundle)
  return { outcome: kind, legs: journal.legs, terms: null, finding }
}

function found(
  kind: FindingKind,
  journal: Journal,
  detail: string,
  bundle: string | null,
): Finding {
  const origin = `book ${journal.operatorId}, journal ${journal.seq} (${journal.businessId})`
  const proof = { journal: toBase64(journalBytes(journal)), bundle }
  return { kind, origin, leafIndex: null, detail, proof }
}

export const versionName = (agreementId: string, version: number): string =>
  `${agreementId}.${version}`
