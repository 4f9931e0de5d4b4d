/**
 * A book in memory: its accounts, and the batch being written. Pure.
 * Journals are applied one after another, so that each sees what those before it in the same batch
 * have done; a journal that breaks an account's rule is left out whole.
 */
import { type BookState, tallyKey } from '@tillproof/shared/agreement/state.ts'
import type { Tally } from '@tillproof/shared/agreement/tally.ts'
import type { Journal, JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import {
  type Account,
  accountKey,
  addLeg,
  deviceOf,
  keepsRule,
  NO_SUMS,
  ruleOf,
} from './account.ts'

/** What a source of postings wants booked. Parties by account path, for accounts opened by it. */
export type JournalDraft = Pick<
  Journal,
  'kind' | 'deviceId' | 'sourceAtMs' | 'agreement' | 'legs'
> & { partyOf?: ReadonlyMap<string, string>; tallies?: readonly NamedTally[] }

/** What an agreement remembers of an account after a journal. */
export type NamedTally = { agreementId: string; account: string; tally: Tally }

/** Tallies by agreement and account, see `tallyKey`. */
export type Book = {
  accounts: Map<string, Account>
  tallies: Map<string, NamedTally>
  nextAccountId: bigint
}

/** Accounts that a batch opens or changes, as they will be after it. */
export type BookChange = {
  touched: Map<string, Account>
  tallies: Map<string, NamedTally>
  nextAccountId: bigint
}

export const noChange = (book: Book): BookChange => ({
  touched: new Map(),
  tallies: new Map(),
  nextAccountId: book.nextAccountId,
})

/** `accountIds` are those of the legs, in their order. */
export type Applied = { ok: true; accountIds: bigint[] } | { refused: 'unbalanced' | 'rule-broken' }

/** Adds a draft to the change, whole or not at all: the cost is the draft's, not the batch's. */
export function applyDraft(book: Book, change: BookChange, draft: JournalDraft): Applied {
  if (!isBalanced(draft)) return { refused: 'unbalanced' }
  const after = new Map<string, Account>()
  let { nextAccountId } = change
  const accountIds = draft.legs.map(leg => {
    const key = accountKey(leg.account, leg.currency)
    const before = after.get(key) ?? change.touched.get(key) ?? book.accounts.get(key)
    const account = before ?? opened(nextAccountId++, draft, leg)
    after.set(key, { ...account, ...addLeg(account, leg) })
    return account.accountId
  })
  for (const account of after.values()) if (!keepsRule(account)) return { refused: 'rule-broken' }
  for (const [key, account] of after) change.touched.set(key, account)
  for (const each of draft.tallies ?? []) {
    change.tallies.set(tallyKey(each.agreementId, each.account), each)
  }
  change.nextAccountId = nextAccountId
  return { ok: true, accountIds }
}

/** Makes the book what it is after a batch was committed. */
export function advanceBook(book: Book, change: BookChange): void {
  for (const [key, account] of change.touched) book.accounts.set(key, account)
  for (const [key, tally] of change.tallies) book.tallies.set(key, tally)
  book.nextAccountId = change.nextAccountId
}

/**
 * What split terms may read of the book in one currency, the batch so far included. Transfers of
 * participations are no part of the ledger: who clears adds them.
 */
export function bookState(
  book: Book,
  change: BookChange,
  currency: string,
): Omit<BookState, 'transfers'> {
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
  }
}

function opened(accountId: bigint, draft: JournalDraft, leg: JournalLeg): Account {
  return {
    ...NO_SUMS,
    accountId,
    path: leg.account,
    currency: leg.currency,
    rule: ruleOf(leg.account),
    deviceId: deviceOf(leg.account),
    partyId: draft.partyOf?.get(leg.account) ?? null,
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
