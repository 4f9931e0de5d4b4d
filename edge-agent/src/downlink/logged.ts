/**
 * The cloud's promise, held: a receipt says that a head will be logged, and later the cloud shows
 * the head's place in its log. Shown is shown only if the head is ours, and the proof leads to a
 * checkpoint under the log's key. What was receipted a day ago and never shown is a broken promise.
 */
import { concat, equal, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { parseCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import { type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import { verifyTlogProof } from '@tillproof/shared/note/tlog-proof.ts'
import { DEVICE_HEAD_PREFIX } from '@tillproof/shared/wire/device-head.ts'
import { z } from 'zod'
import type { Journal } from '../journal/event-store.ts'

export type ShownRefusal = 'not-our-head' | 'not-proven'
export type Shown = { ok: true; size: number } | { ok: false; refused: ShownRefusal }

/** The trust of a machine: its cloud's log key, and no cosignature, which it has no policy for. */
export const logPolicy = (logVkey: string): Policy => parsePolicy(`log ${logVkey}\nquorum none\n`)

export async function checkShown(
  message: { head: string; proof: string },
  journal: Pick<Journal, 'origin' | 'size' | 'headAt'>,
  policy: Policy,
): Promise<Shown> {
  const note = parseNote(message.head)
  const head = note.ok ? parseCheckpoint(note.text) : undefined
  const isOurs = head?.origin === journal.origin && head.size <= journal.size()
  if (!isOurs || !equal((await journal.headAt(head.size)).root, head.root)) {
    return { ok: false, refused: 'not-our-head' }
  }
  const leaf = leafHash(concat(DEVICE_HEAD_PREFIX, utf8(message.head)))
  const verdict = verifyTlogProof(message.proof, leaf, policy)
  return verdict.ok ? { ok: true, size: head.size } : { ok: false, refused: 'not-proven' }
}

/** Sizes in events, times by the cloud's clock, as in its receipts. */
export const promise = z.object({
  /** The largest head that was shown to be logged. */
  shownSize: z.number(),
  /** The first receipt after it that is still to be shown. */
  owed: z.object({ size: z.number(), sinceMs: z.number() }).nullable(),
})
export type LogPromise = z.infer<typeof promise>

export const NO_PROMISE: LogPromise = { shownSize: 0, owed: null }
/** The log is published every few seconds; a day covers an outage. */
export const PROMISE_MS = 86_400_000

export function afterReceipt(known: LogPromise, receipt: { size: number; atMs: number }) {
  if (known.owed !== null || receipt.size <= known.shownSize) return known
  return { ...known, owed: { size: receipt.size, sinceMs: receipt.atMs } }
}

export function afterShown(known: LogPromise, size: number): LogPromise {
  if (size <= known.shownSize) return known
  const isKept = known.owed !== null && known.owed.size <= size
  return { shownSize: size, owed: isKept ? null : known.owed }
}

/** @param nowMs of the cloud's newest receipt */
export const isBroken = ({ owed }: LogPromise, nowMs: number): boolean =>
  owed !== null && nowMs - owed.sinceMs > PROMISE_MS
