/**
 * What the next split of a book starts from, as a monitor has folded it from the postings that the
 * book should have. Kept row by row, so that a posting writes only what it touches.
 */
import type { DatabaseSync } from 'node:sqlite'
import {
  emptyState,
  type FoldedState,
  nextState,
  talliesAfter,
} from '@tillproof/shared/agreement/state.ts'
import type { Tally } from '@tillproof/shared/agreement/tally.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'

export const STATE_SCHEMA = `
CREATE TABLE IF NOT EXISTS recomputed_state (
  book TEXT NOT NULL, currency TEXT NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL,
  value TEXT NOT NULL, PRIMARY KEY (book, currency, what, name)
) STRICT, WITHOUT ROWID;
`
type What = 'credited' | 'debited' | 'tally'
type Place = { book: string; currency: string }

/** The state of one book and currency; amounts lie there as decimal texts. */
export function loadState(database: DatabaseSync, { book, currency }: Place): FoldedState {
  const state = emptyState()
  const rows = database
    .prepare('SELECT what, name, value FROM recomputed_state WHERE book = ? AND currency = ?')
    .all(book, currency)
  for (const row of rows) {
    const [what, name, value] = [String(row.what) as What, String(row.name), String(row.value)]
    if (what === 'credited') state.credited.set(name, BigInt(value))
    if (what === 'debited') state.debited.set(name, BigInt(value))
    if (what === 'tally') state.tallies.set(name, parseTally(value))
  }
  return state
}

/** Folds one posting in, and writes what it changed. */
export function foldPosting(
  database: DatabaseSync,
  place: Place,
  state: FoldedState,
  posting: { agreement: AgreementTerms | null; sourceAtMs: number; legs: readonly JournalLeg[] },
): FoldedState {
  const { agreement, sourceAtMs } = posting
  const legs = posting.legs.map(leg => ({ ...leg, amountMinor: signedAmount(leg) }))
  const booked = { sourceAtMs, legs }
  const changed = agreement === null ? [] : talliesAfter(state.tally, agreement, booked)
  const after = nextState(state, agreement, booked)
  for (const { account, side } of legs) {
    const what = side === 'credit' ? 'credited' : 'debited'
    write(database, place, what, account, String(after[what].get(account)))
  }
  for (const { key } of changed) {
    const tally = after.tallies.get(key)
    if (tally !== undefined) write(database, place, 'tally', key, formatTally(tally))
  }
  return after
}

/** What was pending and is released was counted when it became pending. */
export const signedAmount = ({ phase, amountMinor }: JournalLeg): bigint =>
  phase === 'released' ? -amountMinor : amountMinor

function write(
  database: DatabaseSync,
  { book, currency }: Place,
  what: What,
  name: string,
  value: string,
): void {
  database
    .prepare('INSERT OR REPLACE INTO recomputed_state VALUES (?, ?, ?, ?, ?)')
    .run(book, currency, what, name, value)
}

function formatTally({ period, grossMinor, paidMinor, carriedMinor }: Tally): string {
  return [period, grossMinor, paidMinor, carriedMinor].join(' ')
}

function parseTally(text: string): Tally {
  const [period = '0', gross = '0', paid = '0', carried = '0'] = text.split(' ')
  return {
    period: Number(period),
    grossMinor: BigInt(gross),
    paidMinor: BigInt(paid),
    carriedMinor: BigInt(carried),
  }
}
