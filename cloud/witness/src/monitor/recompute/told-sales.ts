/**
 * What a monitor has read of the logs of a book's machines: how far, and which sales they tell to
 * have succeeded that it has not seen in the book yet. Tables in the monitor's memory.
 */
import type { DatabaseSync } from 'node:sqlite'

export type ToldSale = { saleId: string; sinceMs: number }
export type ToldSales = {
  /** Index of the first event of this log that was not read yet. */
  next(book: string, origin: string): number
  /** Remembers that the log was read up to `next`, and the sales that were in between. */
  add(book: string, read: { origin: string; next: number; saleIds: string[] }, nowMs: number): void
  /** Those that are still looked for, oldest first. */
  open(book: string): ToldSale[]
  forget(book: string, saleId: string): void
}

export const TOLD_SCHEMA = `
CREATE TABLE IF NOT EXISTS read_logs (
  book TEXT NOT NULL, origin TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (book, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told_sales (
  book TEXT NOT NULL, sale_id TEXT NOT NULL, since_ms INTEGER NOT NULL,
  PRIMARY KEY (book, sale_id)
) STRICT, WITHOUT ROWID;
`

/** The genesis, event 0, sells nothing; every bundle of the log shows it anyway. */
const FIRST = 1

export function toldSales(database: DatabaseSync): ToldSales {
  const run = (sql: string, ...values: (string | number)[]) => database.prepare(sql).run(...values)
  return {
    next(book, origin) {
      const sql = 'SELECT next FROM read_logs WHERE book = ? AND origin = ?'
      return Number(database.prepare(sql).get(book, origin)?.next ?? FIRST)
    },
    add(book, { origin, next, saleIds }, nowMs) {
      // The sales first: read again they are the same, and none is passed over.
      for (const saleId of saleIds) {
        run('INSERT OR IGNORE INTO told_sales VALUES (?, ?, ?)', book, saleId, nowMs)
      }
      run('INSERT OR REPLACE INTO read_logs VALUES (?, ?, ?)', book, origin, next)
    },
    open(book) {
      const sql = 'SELECT * FROM told_sales WHERE book = ? ORDER BY since_ms, sale_id'
      return database
        .prepare(sql)
        .all(book)
        .map(row => ({ saleId: String(row.sale_id), sinceMs: Number(row.since_ms) }))
    },
    forget: (book, saleId) =>
      void run('DELETE FROM told_sales WHERE book = ? AND sale_id = ?', book, saleId),
  }
}
