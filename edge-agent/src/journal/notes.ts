/**
 * Signed heads, receipts, and the end of a log. Signing is fenced here: once the cloud is known to
 * hold another history, no head is stored any more, and a head that is not stored never leaves.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { deadError } from './death.ts'
import type { LogDeath, SavedNote } from './event-store.ts'
import { handleOf, type JournalFile, transact, unavailableError } from './file.ts'

/** Stores a signed head or receipt; fenced by the lock like any other write. */
export function saveNote(file: JournalFile, table: 'heads' | 'receipts', saved: SavedNote): void {
  const { rows, tip, death } = handleOf(file)
  if (table === 'heads' && death) throw deadError(death)
  if (saved.size > tip.size) throw aheadError(saved.size, tip.size)
  const result = transact(file, [], () => {
    rows.insertNote(table, saved)
    if (table === 'receipts') {
      rows.deleteNotesBelow('receipts', saved.size)
      rows.deleteNotesBelow('heads', saved.size)
    }
  })
  if (result === 'disk-full') throw unavailableError(file.path)
}

/** Nothing is signed in this log from here on, whatever else fails; stored so that it stays so. */
export function declareDead(file: JournalFile, death: LogDeath): void {
  const handle = handleOf(file)
  file.death ??= death
  handle.death ??= death
  const result = transact(file, [], () => handle.rows.insertDeath(death))
  if (result === 'disk-full') throw unavailableError(file.path)
}

function aheadError(size: number, committed: number): TillproofError {
  return new TillproofError(
    'journal.note-ahead',
    `A note over ${size} events cannot be stored: only ${committed} are committed.`,
    'Report this: it must not happen.',
  )
}
