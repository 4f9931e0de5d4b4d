/**
 * One proof for many leaves of an RFC 6962 tree, whichever they are: the hashes of the largest
 * subtrees in which none of them lies, from left to right. With the leaves themselves that is all
 * it takes to compute the root, and every node above them is hashed once.
 *
 *              root                leaves 2, 3 and 6 of 7: the proof is h(0,2), h(4,6)
 *         ┌─────┴─────┐
 *       (0,4)       (4,7)
 *      ┌──┴──┐      ┌─┴──┐
 *    h(0,2) (2,4) h(4,6) 6
 *           ┌┴┐
 *           2 3
 */
import { HASH_BYTES, nodeHashInto } from './hash.ts'
import { type HashReader, rootOfRange, splitOf } from './proof.ts'

/** @param indexes of the leaves, ascending and below `size` */
export function subsetProof(
  read: HashReader,
  indexes: readonly number[],
  size: number,
): Uint8Array[] {
  const rest: Uint8Array[] = []
  const walk = (start: number, end: number, from: number, to: number) => {
    if (from === to) return void rest.push(rootOfRange(read, start, end))
    if (end - start === 1) return
    const middle = start + splitOf(end - start)
    const between = firstNotBelow(indexes, middle, from, to)
    walk(start, middle, from, between)
    walk(middle, end, between, to)
  }
  walk(0, size, 0, indexes.length)
  return rest
}

export type SubsetClaim = {
  /** Of the leaves, strictly ascending; at least one. */
  indexes: readonly number[]
  /** In the order of the indexes, 32 bytes each, side by side. */
  leafHashes: Uint8Array
  size: number
  proof: readonly Uint8Array[]
}

/** @returns the root that leaves and proof give; undefined unless they are exactly one tree's. */
export function rootOfSubset({ indexes, leafHashes, size, proof }: SubsetClaim) {
  if (!isAscendingBelow(indexes, size)) return undefined
  if (HASH_BYTES * indexes.length !== leafHashes.length) return undefined
  // Each subtree's hash is written over that of its first leaf, which nobody asks for again.
  const hashes = leafHashes.slice()
  const hashAt = (at: number) => hashes.subarray(HASH_BYTES * at, HASH_BYTES * (at + 1))
  let used = 0
  const next = () => proof[used++]
  const walk = (start: number, end: number, from: number, to: number): Uint8Array | undefined => {
    if (from === to) return next()
    if (end - start === 1) return hashAt(from)
    const middle = start + splitOf(end - start)
    const between = firstNotBelow(indexes, middle, from, to)
    const left = walk(start, middle, from, between)
    const right = left && walk(middle, end, between, to)
    if (!left || !right) return undefined
    nodeHashInto(hashes, HASH_BYTES * from, left, right)
    return hashAt(from)
  }
  const root = walk(0, size, 0, indexes.length)
  return used === proof.length ? root : undefined
}

function isAscendingBelow(indexes: readonly number[], size: number): boolean {
  if (!Number.isSafeInteger(size) || indexes.length === 0) return false
  return indexes.every((index, at) => {
    const isAfter = at === 0 ? index >= 0 : index > (indexes[at - 1] ?? 0)
    return Number.isSafeInteger(index) && isAfter && index < size
  })
}

/**
 * Where in [from, to) the first index at or above `bound` stands; `to` when none does. Ascending
 * ones are nowhere denser than in a run, so that it stands no later than there, and in one there.
 */
function firstNotBelow(indexes: readonly number[], bound: number, from: number, to: number) {
  let low = from
  let high = Math.min(to, from + Math.max(0, bound - (indexes[from] ?? 0)))
  if (high === from || (indexes[high - 1] ?? 0) < bound) return high
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((indexes[middle] ?? 0) < bound) low = middle + 1
    else high = middle
  }
  return low
}
