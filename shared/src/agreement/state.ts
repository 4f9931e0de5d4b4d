/**
 * What the split of a sale may know of the book, and how it follows from what was booked before.
 * Nothing is read from elsewhere: whoever has the signed terms and the book's postings, folds them
 * with `nextState` and has the state that the next sale was split with.
 */

import { undiverted } from '../ledger/freeze.ts'
import { standsFor } from './account-path.ts'
import type { SignedTransfer } from './register.ts'
import { type Tally, tallyAfter, tallyAt } from './tally.ts'
import { memoryOf, type Term } from './term/term.ts'
import type { AgreementTerms } from './terms.ts'

export type BookState = {
  /** All credits and debits an account has had so far in the sale's currency, minor units. */
  creditedMinor(account: string): bigint
  debitedMinor(account: string): bigint
  /** What an agreement remembers of an account, see tally.ts. */
  tally(agreementId: string, account: string): Tally | undefined
  /** Signed transfers of participations. */
  transfers: readonly SignedTransfer[]
}

/** One booked journal, as far as a split can depend on it. */
export type BookedPosting = {
  /** The sale's time as it was booked. */
  sourceAtMs: number
  legs: readonly { account: string; side: 'debit' | 'credit'; amountMinor: bigint }[]
}

export const EMPTY_BOOK: BookState = {
  creditedMinor: () => 0n,
  debitedMinor: () => 0n,
  tally: () => undefined,
  transfers: [],
}

/**
 * Folds the postings of one book and currency, in the order of the book. `nextState` takes over the
 * state it is given: use what it answers.
 */
export type FoldedState = BookState & {
  credited: Map<string, bigint>
  debited: Map<string, bigint>
  tallies: Map<string, Tally>
}

export function emptyState(transfers: readonly SignedTransfer[] = []): FoldedState {
  const [credited, debited] = [new Map<string, bigint>(), new Map<string, bigint>()]
  const tallies = new Map<string, Tally>()
  return {
    credited,
    debited,
    tallies,
    creditedMinor: account => credited.get(account) ?? 0n,
    debitedMinor: account => debited.get(account) ?? 0n,
    tally: (agreementId, account) => tallies.get(tallyKey(agreementId, account)),
    transfers,
  }
}

/** @param agreement the terms the journal names; null where it names none */
export function nextState(
  state: FoldedState,
  agreement: AgreementTerms | null,
  posting: BookedPosting,
): FoldedState {
  for (const { account, side, amountMinor } of posting.legs) {
    const sums = side === 'credit' ? state.credited : state.debited
    sums.set(account, (sums.get(account) ?? 0n) + amountMinor)
  }
  if (agreement === null) return state
  for (const { key, tally } of talliesAfter(state.tally, agreement, posting)) {
    state.tallies.set(key, tally)
  }
  return state
}

export const tallyKey = (agreementId: string, account: string): string =>
  `${agreementId} ${account}`

/** The tallies that a posting under these terms changes, as they are after it. */
export function talliesAfter(
  found: BookState['tally'],
  agreement: AgreementTerms,
  { sourceAtMs, legs: booked }: BookedPosting,
): { key: string; agreementId: string; account: string; tally: Tally }[] {
  const { agreementId, utcOffsetMinutes } = agreement
  // What a freeze kept of a share was paid to it all the same.
  const legs = undiverted(booked)
  return agreement.terms.flatMap(term => {
    const memory = memoryOf(term, utcOffsetMinutes)
    if (memory === null || term.kind === 'payment-fee') return []
    const { account } = term
    const before = tallyAt(found(agreementId, account), memory, sourceAtMs, utcOffsetMinutes)
    const paid = accountsFor(agreement, term).reduce((sum, each) => sum + net(legs, each), 0n)
    const tally = tallyAfter(before, grossOf(legs), paid)
    return [{ key: tallyKey(agreementId, account), agreementId, account, tally }]
  })
}

/** A term's own account, and those of guarantors who pay in its place. */
export function accountsFor(agreement: AgreementTerms, term: Term): string[] {
  if (term.kind === 'payment-fee') return []
  const calls = agreement.terms.flatMap(each =>
    each.kind === 'guarantor-call' && each.of === term.name ? [each.account] : [],
  )
  return [term.account, ...calls]
}

type Legs = BookedPosting['legs']

/** What came in from where money comes from: less than nothing when it went back. */
const grossOf = (legs: Legs): bigint =>
  legs.reduce(
    (sum, leg) => (INFLOW.test(standsFor(leg.account)) ? sum + signed(leg, 'debit') : sum),
    0n,
  )

/** What a share could not give back itself, it gave back all the same. */
const net = (legs: Legs, account: string): bigint =>
  legs.reduce(
    (sum, leg) => (standsFor(leg.account) === account ? sum + signed(leg, 'credit') : sum),
    0n,
  )

const signed = (leg: Legs[number], side: 'debit' | 'credit'): bigint =>
  leg.side === side ? leg.amountMinor : -leg.amountMinor

/** A payment company's debt to the book, a cash box, takings that waited for an agreement. */
const INFLOW = /^(?:psp:[^:]+:receivable|cash:.*|suspense:.*)$/
