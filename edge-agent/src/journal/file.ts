/**
 * One open journal inside the worker: the only writer of its file.
 *
 *   requests -> decide -> BEGIN, rows, tip moved by compare-and-swap, COMMIT (synced) -> answers
 *
 * Trust: when a commit throws, nobody knows whether it happened. The file is then closed, opened
 * again and brought to the medium, and the tip says which of the two it was. No index is reused
 * before that.
 */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { openDatabase } from './database.ts'
import { type Entry, makeEntries, type Stamp } from './entry.ts'
import type { AppendRefusal, AppendRequest, CommittedEvent, SavedNote } from './event-store.ts'
import { lockLostError, newOwner, type Owner, releaseLock, takeLock } from './lock.ts'
import { openRows, type Rows, type Tip } from './rows.ts'
import { checkTail } from './tail.ts'
import { growTree } from './tree.ts'

export type StampedRequest = AppendRequest & { stamp: Stamp }
export type Outcome =
  | { ok: true; firstIndex: number }
  | { ok: false; refused: AppendRefusal }
  | { ok: false; fault: TillproofError }
export type GroupOutcome = { size: number; outcomes: Outcome[]; events: CommittedEvent[] }
export type FileOptions = { path: string; origin: string; reserveBytes: number }

export type JournalFile = FileOptions & { owner: Owner; handle: Handle | undefined }
type Handle = { db: DatabaseSync; rows: Rows; tip: Tip }

/** Opens, takes the lock, checks the tail. Throws a coded `journal.*` error. */
export function openJournalFile(options: FileOptions): JournalFile {
  const file: JournalFile = { ...options, owner: newOwner(), handle: undefined }
  reopen(file)
  return file
}

/** Gives the lock back and closes. */
export function closeJournalFile(file: JournalFile): void {
  const { handle } = file
  file.handle = undefined
  if (!handle) return
  releaseLock(handle.db, file.owner)
  handle.db.close()
}

/** The open handle; opens the file again after a failure. */
export function handleOf(file: JournalFile): Handle {
  return file.handle ?? reopen(file)
}

/** Commits the requests of one group in one transaction; refused ones leave no trace. */
export function appendGroup(file: JournalFile, requests: StampedRequest[]): GroupOutcome {
  const { rows, tip } = handleOf(file)
  const plan = decide(rows, tip, requests, isLow(file))
  const committed = transact(file, plan.entries, () => {
    for (const entry of plan.entries) rows.insertEntry(entry)
    for (const [orderId, index] of plan.spent) rows.spend(orderId, index)
    for (const [key, value] of plan.state) rows.writeState(key, value)
  })
  if (committed === 'disk-full') return refuseAll(file, requests)
  return {
    size: handleOf(file).tip.size,
    outcomes: plan.outcomes,
    events: plan.entries.map(entry => entry.committed),
  }
}

/** Stores a signed head or receipt; fenced by the lock like any other write. */
export function saveNote(file: JournalFile, table: 'heads' | 'receipts', saved: SavedNote): void {
  const { rows, tip } = handleOf(file)
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

type Plan = {
  outcomes: Outcome[]
  entries: Entry[]
  spent: Map<string, number>
  state: Map<string, string | null>
}

/** Which requests go in, and with which indexes. A spent voucher refuses its whole request. */
function decide(rows: Rows, tip: Tip, requests: StampedRequest[], isDiskLow: boolean): Plan {
  const plan: Plan = { outcomes: [], entries: [], spent: new Map(), state: new Map() }
  for (const request of requests) {
    const refused = refusalOf(rows, plan, request, isDiskLow)
    plan.outcomes.push(
      refused ? { ok: false, refused } : include(plan, request, tip.size + plan.entries.length),
    )
  }
  return plan
}

/** Adds one request to the plan; one that cannot be encoded fails alone, not its whole group. */
function include(plan: Plan, request: StampedRequest, firstIndex: number): Outcome {
  try {
    plan.entries.push(...makeEntries(request.events, firstIndex, request.stamp))
  } catch (error) {
    if (error instanceof TillproofError) return { ok: false, fault: error }
    throw error
  }
  if (request.spendVoucher) plan.spent.set(request.spendVoucher, firstIndex)
  for (const [key, value] of Object.entries(request.state ?? {})) plan.state.set(key, value)
  return { ok: true, firstIndex }
}

function refusalOf(
  rows: Rows,
  plan: Plan,
  request: StampedRequest,
  isDiskLow: boolean,
): AppendRefusal | undefined {
  const { spendVoucher } = request
  if (spendVoucher && (plan.spent.has(spendVoucher) || rows.isSpent(spendVoucher))) {
    return 'voucher-spent'
  }
  // The reserve belongs to facts of sales already begun: they must never be lost.
  const beginsSale = spendVoucher !== undefined || request.events.some(e => e.sale === 'opens')
  return isDiskLow && beginsSale ? 'disk-full' : undefined
}

/** One transaction. `disk-full` means that it certainly did not happen. */
function transact(file: JournalFile, entries: Entry[], write: () => void): 'ok' | 'disk-full' {
  const handle = handleOf(file)
  const grown = growTree(
    handle.tip.peaks,
    entries.map(({ entry }) => entry),
  )
  try {
    handle.db.exec('BEGIN IMMEDIATE')
    write()
    for (const node of grown.nodes) handle.rows.insertNode(node)
    if (!handle.rows.moveTip(handle.tip, grown.peaks, file.owner.nonce)) {
      throw lockLostError(file.path)
    }
    handle.db.exec('COMMIT')
  } catch (error) {
    return settle(file, handle.tip, error)
  }
  handle.tip = { size: grown.peaks.size, peaks: grown.peaks, commits: handle.tip.commits + 1 }
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
      bringToMedium(db)
      const rows = openRows(db)
      const tip = rows.readTip()
      checkTail(rows, tip, file.path)
      file.handle = { db, rows, tip }
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

function refuseAll(file: JournalFile, requests: StampedRequest[]): GroupOutcome {
  const outcomes = requests.map((): Outcome => ({ ok: false, refused: 'disk-full' }))
  return { size: handleOf(file).tip.size, outcomes, events: [] }
}

function isLow(file: JournalFile): boolean {
  const { bavail, bsize } = statfsSync(dirname(file.path))
  return bavail * bsize < file.reserveBytes
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 13
}

function aheadError(size: number, committed: number): TillproofError {
  return new TillproofError(
    'journal.note-ahead',
    `A note over ${size} events cannot be stored: only ${committed} are committed.`,
    'Report this: it must not happen.',
  )
}

function unavailableError(path: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'journal.unavailable',
    `The journal ${path} cannot be written: ${cause instanceof Error ? cause.message : 'no space'}.`,
    'Check the disk (space, mount, health); the agent goes on when it can write again.',
    { cause },
  )
}
