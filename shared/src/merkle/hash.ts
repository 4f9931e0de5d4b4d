/** The two hashes of an RFC 6962 §2.1 tree, kept apart by their first byte, and the empty root. */
import { sha256, sha256Into } from '../crypto/crypto.ts'

export const HASH_BYTES = 32
const LEAF_PREFIX = Uint8Array.of(0x00)
const NODE_PREFIX = Uint8Array.of(0x01)

/** SHA-256 of nothing: the root of a tree without leaves. */
export const EMPTY_ROOT = sha256(new Uint8Array())

export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF_PREFIX, entry)
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE_PREFIX, left, right)
}

/** {@link leafHash}, written from `at` on. */
export function leafHashInto(target: Uint8Array, at: number, entry: Uint8Array): void {
  sha256Into(target, at, LEAF_PREFIX, entry)
}

/** {@link nodeHash}, written from `at` on; `left` and `right` may lie there. */
export function nodeHashInto(
  target: Uint8Array,
  at: number,
  left: Uint8Array,
  right: Uint8Array,
): void {
  sha256Into(target, at, NODE_PREFIX, left, right)
}
