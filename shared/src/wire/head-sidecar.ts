/**
 * What a log serves beside each `device-head` leaf, so that anybody who follows the log can replay
 * the rule that each head of an origin extends its last:
 *
 *     0               8               40               72
 *     | previous size | previous root | evidence key   | consistency proof, 32 bytes a hash …
 *
 * The previous size is big-endian. It is what the log's operator says about the head before; none
 * of it is signed, and all of it is checked against heads that the device has signed.
 */
import { concat } from '../bytes/bytes.ts'
import { HASH_BYTES } from '../merkle/hash.ts'

export type HeadSidecar = {
  /** 0 before the first head of an origin; then the root is that of the empty tree. */
  previousSize: number
  previousRoot: Uint8Array
  /** Ed25519 public key of the device, 32 bytes. */
  evidenceKey: Uint8Array
  proof: Uint8Array[]
}

const SIZE_BYTES = 8
const FIXED_BYTES = SIZE_BYTES + 2 * HASH_BYTES
/** A tree of 2^53 leaves needs no more; twice that is generous. */
const MAX_HASHES = 108

export function encodeHeadSidecar(sidecar: HeadSidecar): Uint8Array {
  const size = new Uint8Array(SIZE_BYTES)
  new DataView(size.buffer).setBigUint64(0, BigInt(sidecar.previousSize))
  return concat(size, sidecar.previousRoot, sidecar.evidenceKey, ...sidecar.proof)
}

/** @returns undefined unless the bytes are whole hashes and a safe size. */
export function decodeHeadSidecar(bytes: Uint8Array): HeadSidecar | undefined {
  const hashes = (bytes.length - FIXED_BYTES) / HASH_BYTES
  if (!Number.isInteger(hashes) || hashes < 0 || hashes > MAX_HASHES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const previousSize = Number(view.getBigUint64(0))
  if (!Number.isSafeInteger(previousSize)) return undefined
  const hashAt = (at: number) => bytes.slice(at, at + HASH_BYTES)
  return {
    previousSize,
    previousRoot: hashAt(SIZE_BYTES),
    evidenceKey: hashAt(SIZE_BYTES + HASH_BYTES),
    proof: Array.from({ length: hashes }, (_, i) => hashAt(FIXED_BYTES + i * HASH_BYTES)),
  }
}
