/**
 * What a batch is, held against what the cloud knows of its log. Pure: the log's row and the batch
 * in, a verdict out. Signature first, so that nothing unsigned can raise an accusation; a fork is
 * said only when the machine's own signatures prove it.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { growPeaks } from '@tillproof/shared/merkle/completed.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, type Peaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { type Checkpoint, openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import type { Batch } from '@tillproof/shared/wire/batch.ts'
import type { BatchRefusalCode } from '@tillproof/shared/wire/downlink.ts'

/** The cloud's side of one device log. */
export type KnownLog = {
  origin: string
  /** Of the key that signs its heads. */
  verifier: Verifier
  peaks: Peaks
  root: Uint8Array
}
/** What the cloud holds of the log, asked only when a batch reaches back. */
export type History = {
  /** Leaf hashes [from, to), both at most the known size. */
  leaves(from: number, to: number): Promise<Uint8Array[]>
}

export type Verdict =
  | ({ kind: 'new' } & Growth)
  | { kind: 'known' }
  | { kind: 'gap'; resendFrom: number }
  | { kind: 'fork'; detail: string }
  | Refusal
/** What a batch adds to a log; `nodes` are the subtrees that its leaves complete, in order. */
export type Growth = {
  from: number
  head: Checkpoint
  peaks: Peaks
  leaves: Uint8Array[]
  nodes: Uint8Array[]
}
export type Refusal = {
  kind: 'refused'
  code: BatchRefusalCode
  detail: string
  /** The two heads of a fork, as the device signed them. */
  heads?: string[]
}

export function refuse(code: BatchRefusalCode, detail: string): Refusal {
  return { kind: 'refused', code, detail }
}

export async function checkBatch(log: KnownLog, batch: Batch, history: History): Promise<Verdict> {
  const head = openHead(log, batch)
  if ('kind' in head) return head
  const known = log.peaks.size
  if (batch.firstIndex > known) return { kind: 'gap', resendFrom: known }
  const leaves = batch.entries.map(entry => leafHash(commit(entry)))
  return head.size > known
    ? checkGrowth(log, batch, head, leaves, history)
    : checkPast(log, batch, head, leaves, history)
}

function openHead(log: KnownLog, batch: Batch): Checkpoint | Refusal {
  const opened = openCheckpoint(batch.head, log.origin, [log.verifier])
  if (!opened.ok) {
    const foreign = opened.error === 'foreign' || !batch.head.startsWith(`${log.origin}\n`)
    return foreign
      ? refuse('wrong-origin', `the head is not of ${log.origin}`)
      : refuse('bad-signature', `the head is not signed by the log's key: ${opened.error}`)
  }
  const { checkpoint } = opened
  if (checkpoint.extensions.length > 0) return refuse('malformed', 'a head has no extension lines')
  const covered = batch.firstIndex + batch.entries.length
  if (checkpoint.size !== covered) {
    return refuse('wrong-size', `the head covers ${checkpoint.size}, the entries end at ${covered}`)
  }
  return checkpoint
}

/** The batch goes beyond what is known; it may also repeat some of it. */
async function checkGrowth(
  log: KnownLog,
  batch: Batch,
  head: Checkpoint,
  leaves: Uint8Array[],
  history: History,
): Promise<Verdict> {
  const known = log.peaks.size
  const repeated = await history.leaves(batch.firstIndex, known)
  const fresh = leaves.slice(repeated.length)
  if (repeated.every((leaf, at) => equal(leaf, leaves[at] ?? leaf))) {
    const { peaks, completed } = growPeaks(log.peaks, fresh)
    if (equal(rootOf(peaks), head.root)) {
      return { kind: 'new', from: known, head, peaks, leaves: fresh, nodes: completed }
    }
    return refuse('wrong-root', `the entries do not lead to the root of the head at ${head.size}`)
  }
  // Other leaves than before. Only if the head's root follows from them did the machine sign so.
  return (await signedOtherwise(batch, head, leaves, history))
    ? { kind: 'fork', detail: `entries before ${known} differ from those signed earlier` }
    : refuse('wrong-root', 'repeated entries differ from those known, and the head is of neither')
}

/** All of the batch lies in the past: it must say what was said then. */
async function checkPast(
  log: KnownLog,
  batch: Batch,
  head: Checkpoint,
  leaves: Uint8Array[],
  history: History,
): Promise<Verdict> {
  const root =
    head.size === log.peaks.size
      ? log.root
      : rootOf(appendLeaves(emptyPeaks, await history.leaves(0, head.size)))
  if (!equal(root, head.root)) {
    return { kind: 'fork', detail: `two roots are signed for size ${head.size}` }
  }
  const before = await history.leaves(batch.firstIndex, head.size)
  const same = before.every((leaf, at) => equal(leaf, leaves[at] ?? leaf))
  return same ? { kind: 'known' } : refuse('wrong-root', 'the entries are not those of the head')
}

async function signedOtherwise(
  batch: Batch,
  head: Checkpoint,
  leaves: Uint8Array[],
  history: History,
): Promise<boolean> {
  const before = appendLeaves(emptyPeaks, await history.leaves(0, batch.firstIndex))
  return equal(rootOf(appendLeaves(before, leaves)), head.root)
}

/** Reads the open parts of entries from `firstIndex` on; refuses any that is not in its place. */
export function readEvents(
  entries: readonly EventParts[],
  firstIndex: number,
): { ok: true; events: OpenEvent[] } | Refusal {
  const events: OpenEvent[] = []
  for (const [at, entry] of entries.entries()) {
    const index = firstIndex + at
    const event = readEvent(entry)
    if (event?.index !== index) return refuse('bad-event', `entry ${index} is not event ${index}`)
    events.push(event)
  }
  return { ok: true, events }
}

function readEvent(entry: EventParts): OpenEvent | undefined {
  try {
    return decodeOpen(entry.open)
  } catch {
    return undefined
  }
}
