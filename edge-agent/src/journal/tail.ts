/**
 * The check at every start: the newest entries, the nodes over them, and the newest head must
 * agree, or the journal is not written to. The doctor's full check is in check.ts.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { nodeHash } from '@tillproof/shared/merkle/hash.ts'
import { rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { parseCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import type { SavedNote, StoredEntry } from './event-store.ts'
import type { Rows, Tip } from './rows.ts'
import { completedBy, peaksAt } from './tree.ts'

const TAIL_LENGTH = 256

/** Throws `journal.damaged` or `journal.rolled-back`. */
export function checkTail(rows: Rows, tip: Tip, path: string): void {
  const fault = tipFault(rows, tip) ?? entriesFault(rows, tip) ?? notesFault(rows, tip)
  if (fault === undefined) return
  throw new TillproofError(
    fault.startsWith('older') ? 'journal.rolled-back' : 'journal.damaged',
    `The journal ${path} is not whole: ${fault}.`,
    'Keep the file for the platform operator and enrol again with --replace.',
  )
}

function tipFault(rows: Rows, tip: Tip): string | undefined {
  const last = rows.lastIndex()
  if (last !== tip.size - 1) return `the tip says ${tip.size} events, the last one is ${last}`
  const peaks = peaksAt(rows.readHash, tip.size)
  const same =
    peaks.hashes.length === tip.peaks.hashes.length &&
    peaks.hashes.every((hash, position) => equal(hash, tip.peaks.hashes[position] ?? EMPTY))
  return same ? undefined : 'the stored peaks do not match the nodes'
}

const EMPTY = new Uint8Array()

function entriesFault(rows: Rows, tip: Tip): string | undefined {
  for (const row of rows.readRange(Math.max(0, tip.size - TAIL_LENGTH), TAIL_LENGTH)) {
    const fault = rowFault(row, rows, tip) ?? nodesFault(rows, row.index)
    if (fault) return fault
  }
  return undefined
}

/** What is wrong with one stored event, if anything. */
export function rowFault(
  { index, entry, parts }: StoredEntry,
  rows: Rows,
  { releasedTo }: Tip,
): string | undefined {
  if (!parts)
    return index > 0 && index < releasedTo ? undefined : `event ${index} has lost its parts`
  if (parts.sealedHash && !rows.isErased(index)) return `event ${index} has lost its sealed part`
  if (!equal(commit(parts), entry)) return `event ${index} does not match its commitment`
  const open = decodeOpen(parts.open)
  return open.index === index ? undefined : `event ${index} says it is ${open.index}`
}

/** What is wrong with the subtrees that the leaf at `index` completes. */
export function nodesFault(rows: Rows, index: number): string | undefined {
  for (const node of completedBy(index)) {
    const left = rows.readHash(node.level - 1, node.index * 2)
    const right = rows.readHash(node.level - 1, node.index * 2 + 1)
    if (!equal(nodeHash(left, right), rows.readHash(node.level, node.index))) {
      return `node ${node.level}/${node.index} does not match what is under it`
    }
  }
  return undefined
}

function notesFault(rows: Rows, tip: Tip): string | undefined {
  const head = rows.newestNote('heads')
  return head && headFault(rows, tip, head)
}

/** What is wrong with a stored signed head, if anything. The signature is the doctor's matter. */
export function headFault(rows: Rows, tip: Tip, head: SavedNote): string | undefined {
  if (head.size > tip.size) return `older than its head (${tip.size} events, signed ${head.size})`
  const parsed = parseNote(head.note)
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.text) : undefined
  const root = rootOf(peaksAt(rows.readHash, head.size))
  if (checkpoint && equal(checkpoint.root, root)) return undefined
  return `the signed head over ${head.size} events does not match them`
}
