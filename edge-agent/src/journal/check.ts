/**
 * The doctor's full check of a journal: every commitment, every node, every stored note. It opens
 * the file for reading only, so that a running agent goes on writing.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { openForReading } from './database.ts'
import type { LogDeath } from './event-store.ts'
import { openRows, type Rows, type Tip } from './rows.ts'
import { assertCurrent } from './schema.ts'
import { headFault, rowFault } from './tail.ts'
import { growTree, type TreeNode } from './tree.ts'

export type JournalCheck = {
  size: number
  /** Signed and receipted sizes, 0 when there is none. */
  sealedSize: number
  receiptedSize: number
  /** Events whose parts are gone, as they may be. */
  released: number
  /** Why nothing is signed any more, null while the log lives. */
  death: LogDeath | null
  /** One sentence each, at most `FAULT_LIMIT`; empty when the journal is whole. */
  faults: string[]
}

const FAULT_LIMIT = 10
const PAGE = 1024

/**
 * Reads the whole journal at `path`. Throws `journal.missing` and `journal.other-format`; damage
 * is answered, not thrown.
 */
export function checkJournal(path: string): JournalCheck {
  const db = openForReading(path)
  try {
    assertCurrent(db, path)
    // One snapshot for all reads below.
    db.exec('BEGIN')
    const result: JournalCheck = {
      size: 0,
      sealedSize: 0,
      receiptedSize: 0,
      released: 0,
      death: null,
      faults: [],
    }
    const fileFault = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
    if (fileFault !== 'ok') result.faults.push(`SQLite: ${String(fileFault)}`)
    checkRows(openRows(db), result)
    return result
  } finally {
    db.close()
  }
}

function checkRows(rows: Rows, result: JournalCheck): void {
  try {
    const tip = rows.readTip()
    const head = rows.newestNote('heads')
    result.released = tip.releasedTo - 1
    result.size = tip.size
    result.sealedSize = head?.size ?? 0
    result.receiptedSize = rows.newestNote('receipts')?.size ?? 0
    result.death = rows.readDeath() ?? null
    const peaks = replay(rows, tip, result)
    if (peaks.size !== tip.size || !equal(rootOf(peaks), rootOf(tip.peaks))) {
      result.faults.push(`the tip over ${tip.size} events does not match the entries`)
    }
    const fault = head && headFault(rows, tip, head)
    if (fault) result.faults.push(fault)
  } catch (error) {
    if (!(error instanceof TillproofError)) throw error
    result.faults.push(error.message)
  }
}

function replay(rows: Rows, tip: Tip, { faults }: JournalCheck) {
  let peaks = emptyPeaks
  for (;;) {
    const page = rows.readRange(peaks.size, PAGE)
    if (page.length === 0 || faults.length >= FAULT_LIMIT) return peaks
    for (const row of page) {
      const fault = rowFault(row, rows, tip)
      if (fault) faults.push(fault)
    }
    const grown = growTree(
      peaks,
      page.map(({ entry }) => entry),
    )
    for (const node of grown.nodes) if (!isStored(rows, node)) faults.push(nodeFault(node))
    peaks = grown.peaks
  }
}

function isStored(rows: Rows, { level, index, hash }: TreeNode): boolean {
  return equal(rows.readHash(level, index), hash)
}

function nodeFault({ level, index }: TreeNode): string {
  return `node ${level}/${index} does not match the entries under it`
}
