/**
 * What may leave the machine's disk: the parts of events that the cloud receipted long ago. A cloud
 * restored from a backup can ask for everything younger. Only the cloud's signed times count: the
 * machine's own clock may stand at 1970 or ten years on.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import { parseReceipt } from '@tillproof/shared/wire/receipt.ts'
import type { StoredEntry } from './event-store.ts'
import { type Handle, handleOf, type JournalFile, transact, unavailableError } from './file.ts'

/** Pages given back to the file system after each step. */
const VACUUM_PAGES = 1024

/** One step of at most `limit` events; answers how many lost their parts. */
export function release(file: JournalFile, keepMs: number, limit: number): number {
  const handle = handleOf(file)
  const { rows, tip } = handle
  const newest = newestReceiptTime(handle)
  if (newest === undefined) return 0
  const from = tip.releasedTo
  const to = Math.min(rows.receiptedBy(newest - keepMs), tip.size, from + limit)
  if (to <= from) return 0
  const result = transact(file, [], () => {
    rows.releaseParts(from, to)
    rows.forgetMarksBelow(to)
  })
  if (result === 'disk-full') throw unavailableError(file.path)
  const after = handleOf(file)
  after.tip = { ...after.tip, releasedTo: to }
  after.db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`)
  return to - from
}

/** The parts of an entry that must still be there. Throws `journal.parts-gone`. */
export function keptParts({ index, parts }: StoredEntry): EventParts {
  if (parts) return parts
  throw new TillproofError(
    'journal.parts-gone',
    `Event ${index} is no longer on this machine: it was receipted and its time was over.`,
    'Ask the cloud for it, or restore a newer backup of the cloud.',
  )
}

function newestReceiptTime({ rows }: Handle): number | undefined {
  const receipt = rows.newestNote('receipts')
  const note = receipt && parseNote(receipt.note)
  return note?.ok ? parseReceipt(note.text)?.atMs : undefined
}
