/** Books as far as they were followed, and the batches that the log committed to: two tables. */
import type { DatabaseSync } from 'node:sqlite'
import type { KnownBook } from './book-rule.ts'

export const BOOKS_SCHEMA = `
CREATE TABLE IF NOT EXISTS batch_leaves (
  hash BLOB PRIMARY KEY, leaf_index INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS books (
  operator_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, next_journal INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`

export function addBatchLeaf(database: DatabaseSync, hash: Uint8Array, leafIndex: number): void {
  database
    .prepare('INSERT INTO batch_leaves VALUES (?, ?) ON CONFLICT DO NOTHING')
    .run(hash, leafIndex)
}

export function batchLeaf(database: DatabaseSync, hash: Uint8Array): number | undefined {
  const row = database.prepare('SELECT leaf_index FROM batch_leaves WHERE hash = ?').get(hash)
  return row === undefined ? undefined : Number(row.leaf_index)
}

export function book(database: DatabaseSync, operatorId: string): KnownBook | undefined {
  const row = database.prepare('SELECT * FROM books WHERE operator_id = ?').get(operatorId)
  if (!(row?.hash instanceof Uint8Array)) return undefined
  return {
    seq: BigInt(Number(row.seq)),
    nextJournal: BigInt(Number(row.next_journal)),
    hash: row.hash,
  }
}

export function setBook(database: DatabaseSync, operatorId: string, known: KnownBook): void {
  database
    .prepare('INSERT OR REPLACE INTO books VALUES (?, ?, ?, ?)')
    .run(operatorId, known.seq, known.nextJournal, known.hash)
}
