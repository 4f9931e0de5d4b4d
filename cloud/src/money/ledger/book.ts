/**
 * A book in memory: its accounts, and the batch being written. Pure.
 * Journals are applied one after another, so that each sees what those before it in the same batch
 * have done; a journal that breaks an account's rule is left out whole.
 */
import type { BookState } from '@tillproof/shared/agreement/clear-sale.ts'
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
> & { partyOf?: ReadonlyMap<string, string> }

export type Book = { accounts: ReadonlyMap<string, Account>; nextAccountId: bigint }

/** Accounts that a batch opens or changes, as they will be after it. */
export type BookChange = { touched: Map<string, Account>; nextAccountId: bigint }

export const noChange = (book: Book): BookChange => ({
  touched: new Map(),
  nextAccountId: book.nextAccountId,
})

export type Applied = { ok: true; change: BookChange } | { refused: 'unbalanced' | 'rule-broken' }

/** Applies a draft on top of the change, whole or not at all. */
export function applyDraft(book: Book, change: BookChange, draft: JournalDraft): Applied {
  if (!isBalanced(draft)) return { refused: 'unbalanced' }
  const next = { touched: new Map(change.touched), nextAccountId: change.nextAccountId }
  for (const leg of draft.legs) {
    const key = accountKey(leg.account, leg.currency)
    const account = next.touched.get(key) ?? book.accounts.get(key) ?? opened(next, draft, leg)
    next.touched.set(key, { ...account, ...addLeg(account, leg) })
  }
  const after = draft.legs.map(leg => next.touched.get(accountKey(leg.account, leg.currency)))
  const ruled = after.every(account => account !== undefined && keepsRule(account))
  return ruled ? { ok: true, change: next } : { refused: 'rule-broken' }
}

/** The book after a batch was committed. */
export function withChange(book: Book, change: BookChange): Book {
  const accounts = new Map([...book.accounts, ...change.touched])
  return { accounts, nextAccountId: change.nextAccountId }
}

/** What split terms may read of the book in one currency, the batch so far included. */
export const bookState = (book: Book, change: BookChange, currency: string): BookState => ({
  creditedMinor: path => {
    const key = accountKey(path, currency)
    const account = change.touched.get(key) ?? book.accounts.get(key)
    return account === undefined ? 0n : account.creditsPosted + account.creditsPending
  },
})

function opened(change: BookChange, draft: JournalDraft, leg: JournalLeg): Account {
  const accountId = change.nextAccountId
  change.nextAccountId += 1n
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
