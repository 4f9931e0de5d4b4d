/**
 * C2SP tlog-checkpoint v1.0.0: the text of a note that states a log's origin, size and root.
 *
 *   <origin>\n<size, decimal>\n<root, base64>\n[<extension line>\n]…
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { equal } from '../bytes/bytes.ts'
import { EMPTY_ROOT, HASH_BYTES } from '../merkle/hash.ts'
import type { Verifier } from './key.ts'
import type { VerifiedNote } from './note.ts'
import { verifyNote } from './note.ts'

export type Checkpoint = { origin: string; size: number; root: Uint8Array; extensions: string[] }
export type OpenedCheckpoint =
  | { ok: true; checkpoint: Checkpoint; note: Extract<VerifiedNote, { ok: true }> }
  | {
      ok: false
      error: Extract<VerifiedNote, { ok: false }>['error'] | 'not-a-checkpoint' | 'foreign'
    }

const SIZE = /^(?:0|[1-9]\d{0,15})$/

export function formatCheckpoint(head: { origin: string; size: number; root: Uint8Array }): string {
  return `${head.origin}\n${head.size}\n${toBase64(head.root)}\n`
}

/** @returns undefined on anything but a checkpoint text; says nothing about signatures. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, rootText, ...rest] = text.split('\n')
  const root = fromBase64(rootText ?? '')
  if (!origin || !size || !SIZE.test(size) || root?.length !== HASH_BYTES) return undefined
  if (rest.pop() !== '' || rest.includes('')) return undefined
  const checkpoint = { origin, size: Number(size), root, extensions: rest }
  return isPossible(checkpoint) ? checkpoint : undefined
}

/**
 * Verifies a signed checkpoint and reads it: signed by one of the keys, and of that origin.
 * A key's name is its log's origin, so a log cannot sign for another.
 */
export function openCheckpoint(
  note: string | Uint8Array,
  origin: string,
  verifiers: readonly Verifier[],
): OpenedCheckpoint {
  const verified = verifyNote(note, verifiers)
  if (!verified.ok) return verified
  const checkpoint = parseCheckpoint(verified.text)
  if (!checkpoint) return { ok: false, error: 'not-a-checkpoint' }
  if (checkpoint.origin !== origin) return { ok: false, error: 'foreign' }
  return { ok: true, checkpoint, note: verified }
}

function isPossible({ size, root }: Checkpoint): boolean {
  return Number.isSafeInteger(size) && (size > 0 || equal(root, EMPTY_ROOT))
}
