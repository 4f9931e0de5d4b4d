/**
 * The peaks of a tree: the roots of its largest complete subtrees, left to right, one for each set
 * bit of the size, highest first. They are all that appending and computing the root need.
 * Sizes are safe integers, so bits are taken by arithmetic: JavaScript's bit operators stop at 32.
 */
import { concat } from '../bytes/bytes.ts'
import { TillproofError } from '../errors.ts'
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hash.ts'

export type Peaks = { size: number; hashes: Uint8Array[] }

const SIZE_BYTES = 8

export const emptyPeaks: Peaks = { size: 0, hashes: [] }

/** @returns the peaks after the leaves; the argument stays as it was. A leaf costs about a hash. */
export function appendLeaves(peaks: Peaks, leafHashes: readonly Uint8Array[]): Peaks {
  const hashes = [...peaks.hashes]
  let size = peaks.size
  for (const leaf of leafHashes) {
    push(hashes, size, leaf)
    size += 1
  }
  return { size, hashes }
}

/** The RFC 6962 root: peaks folded from the right. */
export function rootOf(peaks: Peaks): Uint8Array {
  let root: Uint8Array | undefined
  for (let i = peaks.hashes.length - 1; i >= 0; i--) {
    const peak = peaks.hashes[i]
    if (peak) root = root ? nodeHash(peak, root) : peak
  }
  return root ?? EMPTY_ROOT
}

/** 8 bytes of size, big-endian, then 32 bytes a peak. */
export function encodePeaks(peaks: Peaks): Uint8Array {
  const size = new Uint8Array(SIZE_BYTES)
  new DataView(size.buffer).setBigUint64(0, BigInt(peaks.size))
  return concat(size, ...peaks.hashes)
}

/** @throws TillproofError `merkle.peaks-invalid` when the hashes do not fit the size. */
export function decodePeaks(bytes: Uint8Array): Peaks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = bytes.length >= SIZE_BYTES ? Number(view.getBigUint64(0)) : -1
  const fits = Number.isSafeInteger(size) && size >= 0
  if (!fits || bytes.length !== SIZE_BYTES + HASH_BYTES * countOnes(size)) throw invalid()
  const hashes: Uint8Array[] = []
  for (let at = SIZE_BYTES; at < bytes.length; at += HASH_BYTES) {
    hashes.push(bytes.slice(at, at + HASH_BYTES))
  }
  return { size, hashes }
}

/** A new leaf merges with every complete subtree that its arrival completes. */
function push(hashes: Uint8Array[], size: number, leaf: Uint8Array): void {
  let hash = leaf
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    const left = hashes.pop()
    if (!left) throw invalid()
    hash = nodeHash(left, hash)
  }
  hashes.push(hash)
}

function countOnes(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}

function invalid(): TillproofError {
  return new TillproofError(
    'merkle.peaks-invalid',
    'The peaks do not fit the size of their tree.',
    'Rebuild them from the stored leaves.',
  )
}
