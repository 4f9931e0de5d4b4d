/**
 * One open journal inside the worker: the only writer of its file.
 *
 *   requests -> decide -> BEGIN, rows, tip moved by compare-and-swap, COMMIT (synced) -> answers
 *
 * Trust: when a commit throws, nobody knows whether it happened. The file is then closed, opened
 * again and brought to the medium, and the tip says which of the two it was. No index is reused
 * before that.
 */
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import { parseReceipt } from '@tillproof/shared/wire/receipt.ts'
import { openDatabase } from './database.ts'
import type { LogDeath } from './event-store.ts'
import { lockLostError, newOwner, type Owner, releaseLock, takeLock } from './lock.ts'
import { openRows, type Rows, type Tip } from './rows.ts'
import { upgradeSchema } from './schema.ts'
import { type Gap, NOTHING_SHED, type Shedding } from './shed.ts'
import { checkTail } from './tail.ts'
import { growTree } from './tree.ts'

export type FileOptions = {
  path: string
  origin: string
  reserveBytes: number
  /** How many events of one kind that is not about money get in within an hour. */
  telemetryPerHour: number
}

export type JournalFile = FileOptions & {
  owner: Owner
  handle: Handle | undefined
  /** Kept here as well, in case the medium does not take it. */
  death: LogDeath | undefined
  /** Undefined until the file was open once. */
  shedding: Shedding | undefined
}
export type Handle = { db: DatabaseSync; rows: Rows; tip: Tip; death: LogDeath | undefined }

/** Opens, takes the lock, checks the tail. Throws a coded `journal.*` error. */
export function openJournalFile(options: FileOptions): JournalFile {
  const file: JournalFile = {
    ...options,
    owner: newOwner(),
    handle: undefined,
    death: undefined,
    shedding: undefined,
  }
  reopen(file)
  return file
}

/** Gives the lock back and closes. */
export function closeJournalFile(file: JournalFile): void {
  storeExactGap(file)
  const { handle } = file
  file.handle = undefined
  if (!handle) return
  releaseLock(handle.db, file.owner)
  handle.db.close()
}

/** What was stored of a gap while running is only a lower bound; here the count is known. */
function storeExactGap(file: JournalFile): void {
  const { handle, shedding } = file
  if (!handle || !shedding?.gap) return
  try {
    transact(file, [], () => handle.rows.writeGap(shedding.gap))
  } catch {
    // Then the lower bound stays, and says that it is one.
  }
}

/** The open handle; opens the file again after a failure. */
export function handleOf(file: JournalFile): Handle {
  return file.handle ?? reopen(file)
}

/**
 * One transaction; `write` does all but tree and tip. `disk-full`: it certainly did not happen.
 */
export function transact(
  file: JournalFile,
  entries: Uint8Array[],
  write: () => void,
): 'ok' | 'disk-full' {
  const handle = handleOf(file)
  const grown = growTree(handle.tip.peaks, entries)
  try {
    handle.rows.begin()
    write()
    for (const node of grown.nodes) handle.rows.insertNode(node)
    if (!handle.rows.moveTip(handle.tip, grown.peaks, file.owner.nonce)) {
      throw lockLostError(file.path)
    }
    handle.rows.commit()
  } catch (error) {
    return settle(file, handle.tip, error)
  }
  const { commits, releasedTo } = handle.tip
  handle.tip = { size: grown.peaks.size, peaks: grown.peaks, commits: commits + 1, releasedTo }
  return 'ok'
}

/** After an error: find out from the medium whether the transaction happened. */
function settle(file: JournalFile, before: Tip, error: unknown): 'ok' | 'disk-full' {
  discard(file)
  if (error instanceof TillproofError) throw error
  const { tip } = reopen(file, error)
  if (tip.commits === before.commits + 1) return 'ok'
  if (tip.commits !== before.commits) throw lockLostError(file.path)
  if (isFull(error)) return 'disk-full'
  throw unavailableError(file.path, error)
}

function discard(file: JournalFile): void {
  const { handle } = file
  file.handle = undefined
  try {
    if (handle?.db.isTransaction) handle.db.exec('ROLLBACK')
    handle?.db.close()
  } catch {
    // The handle is unusable anyway; what counts is read from a new one.
  }
}

function reopen(file: JournalFile, cause?: unknown): Handle {
  try {
    const db = openDatabase(file.path, file.origin)
    try {
      takeLock(db, file.path, file.owner)
      upgradeSchema(db)
      bringToMedium(db)
      const rows = openRows(db)
      const tip = rows.readTip()
      checkTail(rows, tip, file.path)
      const death = file.death ?? rows.readDeath() ?? deathAtStart(rows, tip)
      file.shedding ??= { ...NOTHING_SHED, gap: takeGap(rows) }
      file.handle = { db, rows, tip, death }
      return file.handle
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    if (error instanceof TillproofError) throw error
    throw unavailableError(file.path, cause ?? error)
  }
}

/** From here on more may be shed than is stored each time. */
function takeGap(rows: Rows): Gap | undefined {
  const gap = rows.readGap()
  if (gap && !gap.isAtLeast) rows.writeGap({ ...gap, isAtLeast: true })
  return gap
}

/** A receipt over more than is there: the journal was put back from an older copy. */
function deathAtStart(rows: Rows, tip: Tip): LogDeath | undefined {
  const receipt = rows.newestNote('receipts')
  if (!receipt || receipt.size <= tip.size) return undefined
  const note = parseNote(receipt.note)
  const atMs = (note.ok && parseReceipt(note.text)?.atMs) || 0
  const { size: knownSize, note: proof } = receipt
  const death: LogDeath = { reason: 'ahead-of-journal', knownSize, proof, atMs }
  rows.insertDeath(death)
  return death
}

/**
 * A failed sync may leave pages that are readable but not on the medium. Copying the log into the
 * database writes and syncs them anew, so that what is read from here on is really kept.
 */
function bringToMedium(db: DatabaseSync): void {
  const busy = db.prepare('PRAGMA wal_checkpoint(FULL)').get()?.busy
  if (busy !== 0) {
    throw new TillproofError(
      'journal.busy',
      'Another program keeps the journal open.',
      'Close programs that look into the journal and start again.',
    )
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 13
}

export function unavailableError(path: string, cause?: unknown): TillproofError {
  const reason = cause instanceof Error ? cause.message : 'no space'
  return new TillproofError(
    'journal.unavailable',
    `The journal ${path} cannot be written: ${reason}.`,
    'Check the disk (space, mount, health); the agent goes on when it can write again.',
    { cause },
  )
}
