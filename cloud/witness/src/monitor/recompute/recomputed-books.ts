/**
 * What a monitor remembers of the books that it recomputes: journals that wait for it, what became
 * of each, the sums of each day, and the state that the next split starts from. Tables in the
 * monitor's memory; amounts are decimal texts, because SQLite's integers come back as floats.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { BookState, FoldedState } from '@tillproof/shared/agreement/state.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import {
  decodeJournal,
  type Journal,
  type JournalLeg,
} from '@tillproof/shared/ledger/posting-batch.ts'
import type { FindingKind } from '../finding.ts'
import { foldPosting, loadState, STATE_SCHEMA, signedAmount } from './recomputed-state.ts'
import { findSold, keepSold, SOLD_SCHEMA, type SoldSale } from './sold-sales.ts'

/**
 * `agreed`: to the cent · a finding's name: differs · `unseen`: under terms that are not shown to
 * this account · `other`: no sale, taken over as booked; a settlement if it keeps its rule.
 */
export type Outcome = 'agreed' | FindingKind | 'unseen' | 'other'
export type Settled = {
  journal: Journal
  outcome: Outcome
  /** What the book should have; what it has, where nothing could be recomputed. */
  legs: readonly JournalLeg[]
  /** The terms that the journal names, where they are proven. */
  terms: AgreementTerms | null
  /** The sale that it booked, or what a refund left of it. */
  sold?: SoldSale
}
type TwoSides = { debits: bigint; credits: bigint }
export type AccountSums = {
  account: string
  currency: string
  booked: TwoSides
  recomputed: TwoSides
}
export type OutcomeCount = { outcome: Outcome; kind: string; journals: number }

export type RecomputedBooks = {
  /** Remembers to recompute a book; if it was followed before, it is so anew from its start. */
  begin(book: string): void
  isBegun(book: string): boolean
  /** Journals of a batch that keeps its rule, to be recomputed in their order. */
  enqueue(book: string, journals: readonly Uint8Array[]): void
  waiting(book: string, limit: number): Journal[]
  waitingCount(book: string): number
  isBooked(book: string, businessId: string): boolean
  /** The account in which a journal left the sale waiting, if it did. */
  waitsIn(book: string, businessId: string): string | undefined
  /** A sale that was settled, with what is left of it. */
  sold(book: string, saleId: string): SoldSale | undefined
  /** What the terms may read of the book as it should be by now. */
  state(book: string, currency: string): BookState
  /** Everything that `work` settles is remembered, or nothing of it. */
  settleAll(work: () => void): void
  settle(book: string, settled: Settled): void
  /** Oldest first. */
  days(book: string): string[]
  counts(book: string, day: string): OutcomeCount[]
  sums(book: string, day: string): AccountSums[]
}

export const RECOMPUTED_SCHEMA = `
CREATE TABLE IF NOT EXISTS recomputed_books (book TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting_journals (
  book TEXT NOT NULL, seq INTEGER NOT NULL, journal BLOB NOT NULL, PRIMARY KEY (book, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS recomputed_journals (
  book TEXT NOT NULL, business_id TEXT NOT NULL, seq INTEGER NOT NULL, day TEXT NOT NULL,
  kind TEXT NOT NULL, outcome TEXT NOT NULL, suspense TEXT, PRIMARY KEY (book, business_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recomputed_days ON recomputed_journals (book, day);
CREATE TABLE IF NOT EXISTS recomputed_sums (
  book TEXT NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL,
  side TEXT NOT NULL, booked TEXT NOT NULL, recomputed TEXT NOT NULL,
  PRIMARY KEY (book, day, account, currency, side)
) STRICT, WITHOUT ROWID;
${STATE_SCHEMA}${SOLD_SCHEMA}`

export function recomputedBooks(database: DatabaseSync): RecomputedBooks {
  const all = (sql: string, ...values: (string | number)[]) => database.prepare(sql).all(...values)
  const has = (table: string, ...values: string[]) => all(table, ...values).length > 0
  const isBegun = (book: string) => has('SELECT 1 FROM recomputed_books WHERE book = ?', book)
  const states = openStates(database)
  return {
    isBegun,
    begin(book) {
      if (!isBegun(book)) inTransaction(database, () => begin(database, book))
    },
    enqueue: (book, journals) =>
      inTransaction(database, () => {
        for (const bytes of journals) enqueue(database, book, bytes)
      }),
    waiting(book, limit) {
      const sql = 'SELECT journal FROM waiting_journals WHERE book = ? ORDER BY seq LIMIT ?'
      return all(sql, book, limit).flatMap(({ journal }) =>
        journal instanceof Uint8Array ? (decodeJournal(journal) ?? []) : [],
      )
    },
    waitingCount(book) {
      const sql = 'SELECT count(*) AS n FROM waiting_journals WHERE book = ?'
      return Number(all(sql, book)[0]?.n)
    },
    isBooked(book, businessId) {
      const sql = 'SELECT 1 FROM recomputed_journals WHERE book = ? AND business_id = ? LIMIT 1'
      return has(sql, book, businessId)
    },
    waitsIn(book, businessId) {
      const sql = `SELECT suspense FROM recomputed_journals
        WHERE book = ? AND business_id = ? AND suspense IS NOT NULL LIMIT 1`
      const [row] = all(sql, book, businessId)
      return row && String(row.suspense)
    },
    sold: (book, saleId) => findSold(database, book, saleId),
    state: states.of,
    settleAll: work => states.keptOnlyIf(() => inTransaction(database, work)),
    settle(book, settled) {
      settle(database, book, settled)
      if (settled.sold !== undefined) keepSold(database, book, settled.sold)
      states.fold(book, settled)
    },
    days(book) {
      const sql = 'SELECT DISTINCT day FROM recomputed_journals WHERE book = ? ORDER BY day'
      return all(sql, book).map(({ day }) => String(day))
    },
    counts(book, day) {
      const sql = `SELECT outcome, kind, count(*) AS n FROM recomputed_journals
        WHERE book = ? AND day = ? GROUP BY outcome, kind ORDER BY outcome, kind`
      return all(sql, book, day).map(({ outcome, kind, n }) => {
        return { outcome: String(outcome) as Outcome, kind: String(kind), journals: Number(n) }
      })
    },
    sums: (book, day) => sums(database, book, day),
  }
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  let isDone = false
  try {
    work()
    isDone = true
  } finally {
    database.exec(isDone ? 'COMMIT' : 'ROLLBACK')
  }
}

function begin(database: DatabaseSync, book: string): void {
  database.prepare('INSERT INTO recomputed_books VALUES (?)').run(book)
  database.prepare('DELETE FROM books WHERE operator_id = ?').run(book)
}

function enqueue(database: DatabaseSync, book: string, bytes: Uint8Array): void {
  const journal = decodeJournal(bytes)
  if (journal === undefined) return
  database
    .prepare('INSERT INTO waiting_journals VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(book, Number(journal.seq), bytes)
}

/** States stay in memory, and are read again after a transaction that failed. */
function openStates(database: DatabaseSync) {
  const states = new Map<string, FoldedState>()
  const keyOf = (book: string, currency: string) => `${book} ${currency}`
  const of = (book: string, currency: string): FoldedState => {
    const key = keyOf(book, currency)
    const state = states.get(key) ?? loadState(database, { book, currency })
    states.set(key, state)
    return state
  }
  return {
    of,
    keptOnlyIf(work: () => void) {
      let isDone = false
      try {
        work()
        isDone = true
      } finally {
        if (!isDone) states.clear()
      }
    },
    fold(book: string, { journal: { sourceAtMs }, legs, terms }: Settled) {
      for (const [currency, own] of Map.groupBy(legs, leg => leg.currency)) {
        const agreement = terms?.currency === currency ? terms : null
        const posting = { agreement, sourceAtMs, legs: own }
        const state = foldPosting(database, { book, currency }, of(book, currency), posting)
        states.set(keyOf(book, currency), state)
      }
    },
  }
}

function settle(database: DatabaseSync, book: string, { journal, outcome, legs }: Settled): void {
  const { businessId, kind, sourceAtMs } = journal
  const seq = Number(journal.seq)
  const day = dayOf(sourceAtMs)
  database
    .prepare('INSERT INTO recomputed_journals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
    .run(book, businessId, seq, day, kind, outcome, suspenseOf(journal))
  database.prepare('DELETE FROM waiting_journals WHERE book = ? AND seq = ?').run(book, seq)
  for (const leg of journal.legs) addSum(database, [book, day], leg, 'booked')
  for (const leg of legs) addSum(database, [book, day], leg, 'recomputed')
}

const suspenseOf = ({ legs }: Journal): string | null =>
  legs.find(leg => leg.side === 'credit' && leg.account.startsWith('suspense:'))?.account ?? null

/** The day that a sale counts for, in UTC. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

function addSum(
  database: DatabaseSync,
  [book, day]: readonly [string, string],
  leg: JournalLeg,
  column: 'booked' | 'recomputed',
): void {
  const key = [book, day, leg.account, leg.currency, leg.side] as const
  const where = 'WHERE book = ? AND day = ? AND account = ? AND currency = ? AND side = ?'
  database
    .prepare(`INSERT INTO recomputed_sums VALUES (?, ?, ?, ?, ?, '0', '0') ON CONFLICT DO NOTHING`)
    .run(...key)
  const row = database.prepare(`SELECT ${column} AS sum FROM recomputed_sums ${where}`).get(...key)
  const sum = BigInt(String(row?.sum)) + signedAmount(leg)
  database.prepare(`UPDATE recomputed_sums SET ${column} = ? ${where}`).run(String(sum), ...key)
}

function sums(database: DatabaseSync, book: string, day: string): AccountSums[] {
  const byAccount = new Map<string, AccountSums>()
  const rows = database
    .prepare('SELECT * FROM recomputed_sums WHERE book = ? AND day = ? ORDER BY account, currency')
    .all(book, day)
  for (const row of rows) {
    const [account, currency] = [String(row.account), String(row.currency)]
    const zero = () => ({ debits: 0n, credits: 0n })
    const key = `${account} ${currency}`
    const sum = byAccount.get(key) ?? { account, currency, booked: zero(), recomputed: zero() }
    const side = row.side === 'debit' ? 'debits' : 'credits'
    sum.booked[side] = BigInt(String(row.booked))
    sum.recomputed[side] = BigInt(String(row.recomputed))
    byAccount.set(key, sum)
  }
  return [...byAccount.values()]
}
