/** Reads and writes the rows of a journal. One prepared statement each; no rules in here. */
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { isErasedHash } from '@tillproof/shared/event/commitment.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'
import { HASH_BYTES, leafHash } from '@tillproof/shared/merkle/hash.ts'
import { decodePeaks, encodePeaks, type Peaks } from '@tillproof/shared/merkle/peaks.ts'
import type { HashReader } from '@tillproof/shared/merkle/proof.ts'
import type { Entry } from './entry.ts'
import type { DeathReason, LogDeath, SavedNote, StoredEntry } from './event-store.ts'
import type { Gap } from './shed.ts'
import type { TreeNode } from './tree.ts'

/** How far the log goes. `commits` counts transactions, so that an unknown outcome can be told. */
/** `releasedTo`: all events between the first one and this index have lost their parts. */
export type Tip = { size: number; peaks: Peaks; commits: number; releasedTo: number }
export type Rows = ReturnType<typeof openRows>
type NoteTable = 'heads' | 'receipts'

export function openRows(db: DatabaseSync) {
  return {
    ...transactions(db),
    ...tipRows(db),
    ...entryRows(db),
    ...noteRows(db),
    ...stateRows(db),
    ...retentionRows(db),
    ...erasureRows(db),
    ...shedRow(db),
    ...endingRows(db),
  }
}

/** Prepared like the rest: one transaction stands around every single event. */
function transactions(db: DatabaseSync) {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  return { begin: () => begin.run(), commit: () => commit.run() }
}

function tipRows(db: DatabaseSync) {
  const select = db.prepare('SELECT size, peaks, commits, released_to FROM tip WHERE id = 1')
  const update = db.prepare(
    `UPDATE tip SET size = ?, peaks = ?, commits = commits + 1
     WHERE id = 1 AND lock_nonce = ? AND size = ? AND commits = ?`,
  )
  return {
    readTip(): Tip {
      const row = select.get()
      const size = Number(row?.size)
      const peaks = readPeaks(blob(row?.peaks), size)
      const [commits, releasedTo] = [Number(row?.commits), Number(row?.released_to)]
      return { size, peaks, commits, releasedTo }
    },
    /** Moves the tip from `old`; false when the lock or the tip is somebody else's by now. */
    moveTip(old: Tip, peaks: Peaks, nonce: string): boolean {
      const encoded = peaks.size === 0 ? new Uint8Array() : encodePeaks(peaks)
      return update.run(peaks.size, encoded, nonce, old.size, old.commits).changes === 1
    },
  }
}

function entryRows(db: DatabaseSync) {
  const insert = db.prepare(
    'INSERT INTO entries (idx, entry, open, open_salt, sealed, sealed_salt) VALUES (?,?,?,?,?,?)',
  )
  const insertNode = db.prepare('INSERT INTO nodes (level, idx, hash) VALUES (?, ?, ?)')
  const selectEntry = db.prepare('SELECT entry FROM entries WHERE idx = ?')
  const selectNode = db.prepare('SELECT hash FROM nodes WHERE level = ? AND idx = ?')
  const selectRange = db.prepare('SELECT * FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?')
  const selectLast = db.prepare('SELECT max(idx) AS last FROM entries')
  const readHash: HashReader = (level, index) =>
    level === 0
      ? leafHash(blob(selectEntry.get(index)?.entry))
      : blob(selectNode.get(level, index)?.hash)
  return {
    readHash,
    insertEntry({ index, entry, parts }: Entry): void {
      insert.run(index, entry, parts.open, parts.openSalt, parts.sealed, parts.sealedSalt)
    },
    insertNode({ level, index, hash }: TreeNode): void {
      insertNode.run(level, index, hash)
    },
    lastIndex(): number {
      return Number(selectLast.get()?.last ?? -1)
    },
    readRange(from: number, limit: number): StoredEntry[] {
      return selectRange.all(from, limit).map(storedRow)
    },
  }
}

function storedRow(row: Record<string, unknown>): StoredEntry {
  const [index, entry] = [Number(row.idx), blob(row.entry)]
  if (row.open === null) return { index, entry, parts: null }
  const parts: EventParts = {
    open: blob(row.open),
    openSalt: blob(row.open_salt),
    sealed: row.sealed === null ? null : blob(row.sealed),
    sealedSalt: row.sealed_salt === null ? null : blob(row.sealed_salt),
  }
  const sealedHash = entry.subarray(HASH_BYTES)
  if (!parts.sealed && isErasedHash(sealedHash)) parts.sealedHash = sealedHash
  return { index, entry, parts }
}

function noteRows(db: DatabaseSync) {
  const tables = { heads: noteTable(db, 'heads'), receipts: noteTable(db, 'receipts') }
  return {
    insertNote: (table: NoteTable, { size, note }: SavedNote) =>
      tables[table].insert.run(size, note),
    readNote(table: NoteTable, size: number): string | undefined {
      return noteOf(tables[table].select.get(size))?.note
    },
    newestNote: (table: NoteTable) => noteOf(tables[table].newest.get()),
    deleteNotesBelow: (table: NoteTable, size: number) => tables[table].delete.run(size),
  }
}

function noteTable(db: DatabaseSync, table: NoteTable) {
  return {
    insert: db.prepare(`INSERT OR IGNORE INTO ${table} (size, note) VALUES (?, ?)`),
    select: db.prepare(`SELECT size, note FROM ${table} WHERE size = ?`),
    newest: db.prepare(`SELECT size, note FROM ${table} ORDER BY size DESC LIMIT 1`),
    delete: db.prepare(`DELETE FROM ${table} WHERE size < ?`),
  }
}

function noteOf(row: Record<string, unknown> | undefined): SavedNote | undefined {
  return row && { size: Number(row.size), note: String(row.note) }
}

function stateRows(db: DatabaseSync) {
  const selectVoucher = db.prepare('SELECT 1 FROM vouchers WHERE order_id = ?')
  const insertVoucher = db.prepare('INSERT INTO vouchers (order_id, idx) VALUES (?, ?)')
  const selectState = db.prepare('SELECT value FROM state WHERE key = ?')
  const upsertState = db.prepare(
    'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  const deleteState = db.prepare('DELETE FROM state WHERE key = ?')
  return {
    isSpent: (orderId: string) => selectVoucher.get(orderId) !== undefined,
    spend: (orderId: string, index: number) => insertVoucher.run(orderId, index),
    readState(key: string): string | undefined {
      const value = selectState.get(key)?.value
      return value === undefined ? undefined : String(value)
    },
    writeState: (key: string, value: string | null) =>
      value === null ? deleteState.run(key) : upsertState.run(key, value),
  }
}

function retentionRows(db: DatabaseSync) {
  const insert = db.prepare('INSERT OR IGNORE INTO receipted VALUES (?, ?)')
  const newest = db.prepare('SELECT size, at_ms FROM receipted ORDER BY size DESC LIMIT 1')
  const before = db.prepare('SELECT max(size) AS size FROM receipted WHERE at_ms <= ?')
  const forget = db.prepare('DELETE FROM receipted WHERE size < ?')
  const select = db.prepare('SELECT idx, entry FROM entries WHERE idx >= ? AND idx < ?')
  const remove = db.prepare('DELETE FROM entries WHERE idx >= ? AND idx < ?')
  const bare = db.prepare('INSERT INTO entries (idx, entry) VALUES (?, ?)')
  const move = db.prepare('UPDATE tip SET released_to = ? WHERE id = 1')
  return {
    insertMark: (size: number, atMs: number) => insert.run(size, atMs),
    newestMark(): { size: number; atMs: number } | undefined {
      const row = newest.get()
      return row && { size: Number(row.size), atMs: Number(row.at_ms) }
    },
    /** How much the cloud had receipted by then. */
    receiptedBy: (atMs: number) => Number(before.get(atMs)?.size ?? 0),
    forgetMarksBelow: (size: number) => forget.run(size),
    /** Rows are taken out and put back bare: changed in place they would free no page. */
    releaseParts(from: number, to: number): void {
      const entries = select.all(from, to)
      remove.run(from, to)
      for (const { idx = null, entry = null } of entries) bare.run(idx, entry)
      move.run(to)
    },
  }
}

function erasureRows(db: DatabaseSync) {
  const sealed = db.prepare('SELECT 1 FROM entries WHERE idx = ? AND sealed IS NOT NULL')
  const clear = db.prepare('UPDATE entries SET sealed = NULL, sealed_salt = NULL WHERE idx = ?')
  const insert = db.prepare('INSERT INTO erased VALUES (?, ?)')
  const select = db.prepare('SELECT 1 FROM erased WHERE idx = ?')
  return {
    hasSealed: (index: number) => sealed.get(index) !== undefined,
    isErased: (index: number) => select.get(index) !== undefined,
    erase(index: number, toldBy: number): void {
      clear.run(index)
      insert.run(index, toldBy)
    },
  }
}

function shedRow(db: DatabaseSync) {
  const select = db.prepare('SELECT gap FROM shed')
  const upsert = db.prepare(
    'INSERT INTO shed VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET gap = excluded.gap',
  )
  const remove = db.prepare('DELETE FROM shed')
  return {
    readGap(): Gap | undefined {
      const gap = select.get()?.gap
      return gap === undefined ? undefined : JSON.parse(String(gap))
    },
    writeGap: (gap: Gap | undefined) => (gap ? upsert.run(JSON.stringify(gap)) : remove.run()),
  }
}

function endingRows(db: DatabaseSync) {
  const select = db.prepare('SELECT reason, known_size, proof, at_ms FROM death')
  const insert = db.prepare('INSERT OR IGNORE INTO death VALUES (1, ?, ?, ?, ?)')
  return {
    readDeath(): LogDeath | undefined {
      const row = select.get()
      return (
        row && {
          reason: row.reason as DeathReason,
          knownSize: row.known_size === null ? null : Number(row.known_size),
          proof: String(row.proof),
          atMs: Number(row.at_ms),
        }
      )
    },
    insertDeath({ reason, knownSize, proof, atMs }: LogDeath): void {
      insert.run(reason, knownSize, proof, atMs)
    },
  }
}

function readPeaks(bytes: Uint8Array, size: number): Peaks {
  return size === 0 ? { size: 0, hashes: [] } : decodePeaks(bytes)
}

function blob(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TillproofError(
    'journal.damaged',
    'A row that must be in the journal is missing.',
    'Keep the file for the platform operator and enrol again with --replace.',
  )
}
