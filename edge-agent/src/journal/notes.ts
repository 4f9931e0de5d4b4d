/**
 * Signed heads, receipts, and the end of a log. Signing is fenced here: once the cloud is known to
 * hold another history, no head is stored any more, and a head that is not stored never leaves.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { deadError } from './death.ts'
import type { LogDeath, SavedNote } from './event-store.ts'
import { handleOf, type JournalFile, transact, unavailableError } from './file.ts'

/** Hours would do: marks tell retention by the day what was receipted when. */
const MARK_EVERY_MS = 3_600_000

/** Stores a signed head; fenced by the lock like any other write. */
export function saveHead(file: JournalFile, head: SavedNote): void {
  const { rows, tip, death } = handleOf(file)
  if (death) throw deadError(death)
  if (head.size > tip.size) throw aheadError(head.size, tip.size)
  const result = transact(file, [], () => rows.insertNote('heads', head))
  if (result === 'disk-full') throw unavailableError(file.path)
}

/** Stores a receipt; what it supersedes goes. */
export function saveReceipt(file: JournalFile, receipt: SavedNote & { atMs: number }): void {
  const { rows, tip } = handleOf(file)
  const { size, atMs } = receipt
  if (size > tip.size) throw aheadError(size, tip.size)
  const mark = rows.newestMark()
  const isDue = mark === undefined || Math.abs(atMs - mark.atMs) >= MARK_EVERY_MS
  const result = transact(file, [], () => {
    rows.insertNote('receipts', receipt)
    rows.deleteNotesBelow('receipts', size)
    rows.deleteNotesBelow('heads', size)
    if (isDue) rows.insertMark(size, atMs)
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
