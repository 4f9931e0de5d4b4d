/**
 * Agreements as a monitor remembers them: the `agreement` leaves it has read, and the versions and
 * transfers it has proven against them. What was once proven counts for good, whatever is shown
 * later.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import { agreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { transfer } from '@tillproof/shared/agreement/transfer.ts'
import type { AgreementLeaf } from './agreement-rule.ts'

export type ProvenAgreements = {
  addLeaf(hash: Uint8Array, leaf: AgreementLeaf): void
  leaf(hash: Uint8Array): AgreementLeaf | undefined
  add(agreement: SignedAgreement): void
  of(book: string): SignedAgreement[]
  addTransfer(book: string, transfer: SignedTransfer): void
  /** Of the participations of a book's agreements. */
  transfers(book: string): SignedTransfer[]
}

export const AGREEMENTS_SCHEMA = `
CREATE TABLE IF NOT EXISTS agreement_leaves (
  hash BLOB PRIMARY KEY, leaf_index INTEGER NOT NULL, seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proven_agreements (
  book TEXT NOT NULL, agreement_id TEXT NOT NULL, version INTEGER NOT NULL, terms TEXT NOT NULL,
  effective_from INTEGER NOT NULL, PRIMARY KEY (agreement_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proven_transfers (
  book TEXT NOT NULL, transfer_id TEXT PRIMARY KEY, transfer TEXT NOT NULL,
  effective_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

export function provenAgreements(database: DatabaseSync): ProvenAgreements {
  /** By book: the same value each time, whose script need not be read anew. */
  const known = new Map<string, SignedAgreement[]>()
  return {
    addLeaf(hash, { leafIndex, seenAtMs }) {
      const sql = 'INSERT INTO agreement_leaves VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
      database.prepare(sql).run(hash, leafIndex, seenAtMs)
    },
    leaf(hash) {
      const sql = 'SELECT leaf_index, seen_at FROM agreement_leaves WHERE hash = ?'
      const row = database.prepare(sql).get(hash)
      return row && { leafIndex: Number(row.leaf_index), seenAtMs: Number(row.seen_at) }
    },
    add({ terms, effectiveFromMs }) {
      const sql = 'INSERT INTO proven_agreements VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
      const { bookId, agreementId, version } = terms
      const text = JSON.stringify(terms)
      database.prepare(sql).run(bookId, agreementId, version, text, effectiveFromMs)
      known.delete(bookId)
    },
    of(book) {
      const agreements = known.get(book) ?? read(database, book)
      known.set(book, agreements)
      return agreements
    },
    addTransfer(book, { transfer: document, effectiveFromMs }) {
      const sql = 'INSERT INTO proven_transfers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
      const text = JSON.stringify(document)
      database.prepare(sql).run(book, document.transferId, text, effectiveFromMs)
    },
    transfers(book) {
      const sql = 'SELECT transfer, effective_from FROM proven_transfers WHERE book = ?'
      const rows = database.prepare(sql).all(book)
      return rows.map(row => ({
        transfer: transfer.parse(JSON.parse(String(row.transfer))),
        effectiveFromMs: Number(row.effective_from),
      }))
    },
  }
}

function read(database: DatabaseSync, book: string): SignedAgreement[] {
  const rows = database
    .prepare('SELECT terms, effective_from FROM proven_agreements WHERE book = ?')
    .all(book)
  return rows.map(row => ({
    terms: agreementTerms.parse(JSON.parse(String(row.terms))),
    effectiveFromMs: Number(row.effective_from),
  }))
}
