/**
 * A book in memory: its accounts, and the batch being written. Pure.
 * Journals are applied one after another, so that each sees what those before it in the same batch
 * have done; a journal that breaks an account's rule is left out whole.
 */
import { partyBlocked } from '@tillproof/shared/agreement/account-path.ts'
import { type BookState, tallyKey } from '@tillproof/shared/agreement/state.ts'
import type { Tally } from '@tillproof/shared/agreement/tally.ts'
import {
  type BlockedMinor,
  blockedParty,
  divertingLegs,
  type PlacedFreeze,
  releasableMinor,
} from '@tillproof/shared/ledger/freeze.ts'
import type { Journal, JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import {
  type Account,
  type AccountLimit,
  accountKey,
  addLeg,
  deviceOf,
  keepsRule,
  NO_LIMIT,
  NO_SUMS,
  ruleOf,
} from './account.ts'
import { type Pending, type PendingRefusal, pendingStep } from './pending.ts'

/** What a source of postings wants booked. Parties by account path, for accounts opened by it. */
export type JournalDraft = Pick<
  Journal,
  'kind' | 'deviceId' | 'sourceAtMs' | 'agreement' | 'legs'
> & {
  partyOf?: ReadonlyMap<string, string>
  tallies?: readonly NamedTally[]
  /** What its split read of the book, see shared/agreement/excerpt.ts; null for nothing. */
  excerpt?: string | null
  /** Term of the pending transfer that it opens. */
  untilMs?: number
}

/** What a draft may depend on. */
export type DraftState = Omit<BookState, 'transfers'> & {
  /** While it is open. */
  pending(id: string): Pending | undefined
  /** What of a party's blocked money no order asks for; undefined while this one is in force. */
  releasable(orderId: string, partyId: string): bigint | undefined
}

/** What an agreement remembers of an account after a journal. */
export type NamedTally = { agreementId: string; account: string; tally: Tally }

/** Tallies by agreement and account, see `tallyKey`. */
export type Book = {
  accounts: Map<string, Account>
  tallies: Map<string, NamedTally>
  /** Those that are open, by id. */
  pendings: Map<string, Pending>
  /** Orders that are recorded and not over, by id. */
  freezes: Map<string, PlacedFreeze>
  nextAccountId: bigint
}

/** Accounts that a batch opens or changes, as they will be after it. */
export type BookChange = {
  touched: Map<string, Account>
  tallies: Map<string, NamedTally>
  /** Opened ones, and null for closed ones. */
  pendings: Map<string, Pending | null>
  /** As they are from this batch on. */
  freezes: Map<string, PlacedFreeze>
  /** Set by people, by account: for those that the batch opens. */
  limits: ReadonlyMap<string, AccountLimit>
  nextAccountId: bigint
}

export const noChange = (book: Book): BookChange => ({
  touched: new Map(),
  tallies: new Map(),
  pendings: new Map(),
  freezes: book.freezes,
  limits: new Map(),
  nextAccountId: book.nextAccountId,
})

/** The legs with what freezes divert of them; `accountIds` are theirs, in their order. */
export type Applied =
  | { ok: true; legs: JournalLeg[]; accountIds: bigint[] }
  | { refused: 'unbalanced' | 'rule-broken' | PendingRefusal }

/** Adds a draft to the change, whole or not at all: the cost is the draft's, not the batch's. */
export function applyDraft(
  book: Book,
  change: BookChange,
  businessId: string,
  draft: JournalDraft,
): Applied {
  if (!isBalanced(draft)) return { refused: 'unbalanced' }
  const step = pendingStep(id => pendingOf(book, change, id)?.legs, { ...draft, businessId })
  if (step !== undefined && 'refused' in step) return step
  const after = new Map<string, Account>()
  let { nextAccountId } = change
  const diverting = divertingLegs(liveFreezes(change), draft.legs, blockedIn(book, change))
  const legs = [...draft.legs, ...diverting]
  const accountIds = legs.map(leg => {
    const key = accountKey(leg.account, leg.currency)
    const before = after.get(key) ?? change.touched.get(key) ?? book.accounts.get(key)
    const account = before ?? opened(nextAccountId++, draft, leg, change.limits)
    after.set(key, { ...account, ...addLeg(account, leg) })
    return account.accountId
  })
  for (const account of after.values()) if (!keepsRule(account)) return { refused: 'rule-broken' }
  for (const [key, account] of after) change.touched.set(key, account)
  for (const each of draft.tallies ?? []) {
    change.tallies.set(tallyKey(each.agreementId, each.account), each)
  }
  if (step !== undefined) changePending(change, step, draft)
  change.nextAccountId = nextAccountId
  return { ok: true, legs, accountIds }
}

/** Makes the book what it is after a batch was committed. */
export function advanceBook(book: Book, change: BookChange): void {
  for (const [key, account] of change.touched) book.accounts.set(key, account)
  for (const [key, tally] of change.tallies) book.tallies.set(key, tally)
  for (const [id, pending] of change.pendings) {
    if (pending === null) book.pendings.delete(id)
    else book.pendings.set(id, pending)
  }
  book.freezes = change.freezes
  book.nextAccountId = change.nextAccountId
}

function changePending(
  change: BookChange,
  step: { opens: string } | { closes: string },
  { deviceId, legs, untilMs = 0 }: JournalDraft,
): void {
  if ('closes' in step) change.pendings.set(step.closes, null)
  else change.pendings.set(step.opens, { id: step.opens, deviceId, untilMs, legs })
}

function pendingOf(book: Book, change: BookChange, id: string): Pending | undefined {
  const changed = change.pendings.get(id)
  return changed === undefined ? book.pendings.get(id) : (changed ?? undefined)
}

/**
 * What split terms may read of the book in one currency, the batch so far included. Transfers of
 * participations are no part of the ledger: who clears adds them.
 */
export function bookState(book: Book, change: BookChange, currency: string): DraftState {
  const accountOf = (path: string) => {
    const key = accountKey(path, currency)
    return change.touched.get(key) ?? book.accounts.get(key) ?? NO_SUMS
  }
  return {
    creditedMinor: path => accountOf(path).creditsPosted + accountOf(path).creditsPending,
    debitedMinor: path => accountOf(path).debitsPosted + accountOf(path).debitsPending,
    tally(agreementId, account) {
      const key = tallyKey(agreementId, account)
      return (change.tallies.get(key) ?? book.tallies.get(key))?.tally
    },
    pending: id => pendingOf(book, change, id),
    releasable(orderId, partyId) {
      const live = liveFreezes(change)
      if (live.some(each => each.orderId === orderId)) return undefined
      const blocked = blockedIn(book, change)(partyId, currency)
      return releasableMinor(live, partyId, currency, blocked)
    },
  }
}

/** A batch is wholly before or after the beginning and the end of an order. */
const liveFreezes = ({ freezes }: BookChange): PlacedFreeze[] =>
  [...freezes.values()].filter(({ fromSeq, untilSeq }) => fromSeq !== null && untilSeq === null)

const blockedIn =
  (book: Book, change: BookChange): BlockedMinor =>
  (partyId, currency) => {
    const key = accountKey(partyBlocked(partyId), currency)
    const { creditsPosted, debitsPosted } =
      change.touched.get(key) ?? book.accounts.get(key) ?? NO_SUMS
    return creditsPosted - debitsPosted
  }

function opened(
  accountId: bigint,
  draft: JournalDraft,
  leg: JournalLeg,
  limits: ReadonlyMap<string, AccountLimit>,
): Account {
  return {
    ...NO_SUMS,
    accountId,
    path: leg.account,
    currency: leg.currency,
    rule: ruleOf(leg.account),
    limit: limits.get(accountKey(leg.account, leg.currency)) ?? NO_LIMIT,
    deviceId: deviceOf(leg.account),
    partyId: draft.partyOf?.get(leg.account) ?? blockedParty(leg.account) ?? null,
  }
}

/** Debits are credits in each currency and phase, and every amount is positive. */
function isBalanced(draft: JournalDraft): boolean {
  const sums = new Map<string, bigint>()
  for (const { currency, phase, side, amountMinor } of draft.legs) {
    const key = `${currency} ${phase}`
    const signed = side === 'debit' ? amountMinor : -amountMinor
    sums.set(key, (sums.get(key) ?? 0n) + signed)
  }
  const positive = draft.legs.every(leg => leg.amountMinor > 0n)
  return draft.legs.length > 0 && positive && [...sums.values()].every(sum => sum === 0n)
}
