/**
 * Inclusion and consistency proofs of RFC 6962 §2.1.1 and §2.1.2; verification by the algorithms of
 * RFC 9162 §2.1.3.2 and §2.1.4.2. Indexes and sizes are safe integers; bits by arithmetic.
 */
import { equal } from '../bytes/bytes.ts'
import { TillproofError } from '../errors.ts'
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hash.ts'

/** Hash of the complete subtree over leaves [index·2^level, (index+1)·2^level). */
export type HashReader = (level: number, index: number) => Uint8Array

export type InclusionClaim = {
  leafHash: Uint8Array
  index: number
  size: number
  proof: readonly Uint8Array[]
  root: Uint8Array
}

export type ConsistencyClaim = {
  size1: number
  root1: Uint8Array
  size2: number
  root2: Uint8Array
  proof: readonly Uint8Array[]
}

/** @returns the sibling hashes from the leaf up to the root's child. */
export function inclusionProof(read: HashReader, index: number, size: number): Uint8Array[] {
  assertInRange(index >= 0 && index < size, [index, size])
  return path(read, index, 0, size)
}

/** @returns the proof that the first `size1` leaves of `size2` are the tree of `size1`. */
export function consistencyProof(read: HashReader, size1: number, size2: number): Uint8Array[] {
  assertInRange(size1 >= 0 && size1 <= size2, [size1, size2])
  return size1 === 0 || size1 === size2 ? [] : subProof(read, size1, 0, size2, true)
}

/** The root over leaves [start, end), from complete subtrees. */
export function rootOfRange(read: HashReader, start: number, end: number): Uint8Array {
  if (end === start) return EMPTY_ROOT
  const level = Math.log2(end - start)
  if (Number.isInteger(level) && 2 ** level === end - start) return read(level, start / 2 ** level)
  const middle = start + splitOf(end - start)
  return nodeHash(rootOfRange(read, start, middle), rootOfRange(read, middle, end))
}

export function verifyInclusion(claim: InclusionClaim): boolean {
  const { leafHash, index, size, proof, root } = claim
  if (!isSize(index) || !isSize(size) || index >= size) return false
  if (!allHashes([leafHash, root, ...proof])) return false
  let at = index
  let last = size - 1
  let hash = leafHash
  for (const sibling of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && equal(hash, root)
}

/**
 * Equal sizes need equal roots and no proof. Every tree extends the empty one, whose root is known
 * and which therefore needs no proof either.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { size1, root1, size2, root2, proof } = claim
  if (!isSize(size1) || !isSize(size2) || size1 > size2) return false
  if (!allHashes([root1, root2, ...proof])) return false
  if (size1 === size2) return proof.length === 0 && equal(root1, root2)
  if (size1 === 0) return proof.length === 0 && equal(root1, EMPTY_ROOT)
  return extendsTo(claim)
}

function extendsTo({ size1, root1, size2, root2, proof }: ConsistencyClaim): boolean {
  const path = isPowerOfTwo(size1) ? [root1, ...proof] : [...proof]
  const first = path.shift()
  if (!first || path.length === 0) return false
  let [at, last] = [size1 - 1, size2 - 1]
  while (at % 2 === 1) [at, last] = [half(at), half(last)]
  let [old, grown] = [first, first]
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      old = nodeHash(sibling, old)
      grown = nodeHash(sibling, grown)
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      grown = nodeHash(grown, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && equal(old, root1) && equal(grown, root2)
}

function path(read: HashReader, index: number, start: number, end: number): Uint8Array[] {
  if (end - start === 1) return []
  const middle = start + splitOf(end - start)
  return index < middle
    ? [...path(read, index, start, middle), rootOfRange(read, middle, end)]
    : [...path(read, index, middle, end), rootOfRange(read, start, middle)]
}

/** SUBPROOF of RFC 6962 §2.1.2; `whole` while the old tree is itself the subtree in question. */
function subProof(
  read: HashReader,
  size1: number,
  start: number,
  end: number,
  whole: boolean,
): Uint8Array[] {
  if (size1 === end) return whole ? [] : [rootOfRange(read, start, end)]
  const middle = start + splitOf(end - start)
  return size1 <= middle
    ? [...subProof(read, size1, start, middle, whole), rootOfRange(read, middle, end)]
    : [...subProof(read, size1, middle, end, false), rootOfRange(read, start, middle)]
}

/** The largest power of two below n, for n > 1. */
export function splitOf(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

function half(n: number): number {
  return Math.floor(n / 2)
}

function isPowerOfTwo(n: number): boolean {
  let rest = n
  while (rest > 1 && rest % 2 === 0) rest /= 2
  return rest === 1
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

function allHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every(hash => hash.length === HASH_BYTES)
}

function assertInRange(inRange: boolean, numbers: readonly number[]): void {
  if (inRange && numbers.every(isSize)) return
  throw new TillproofError(
    'merkle.out-of-range',
    `No proof exists for the index or sizes ${numbers.join(', ')}.`,
    'Ask for an index below the size, or for a size not above the newer one.',
  )
}
