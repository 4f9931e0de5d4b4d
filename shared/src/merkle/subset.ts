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
import { nodeHash } from './hash.ts'
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
  /** In the order of the indexes. */
  leafHashes: readonly Uint8Array[]
  size: number
  proof: readonly Uint8Array[]
}

/** @returns the root that leaves and proof give; undefined unless they are exactly one tree's. */
export function rootOfSubset({ indexes, leafHashes, size, proof }: SubsetClaim) {
  if (!isAscendingBelow(indexes, size) || indexes.length !== leafHashes.length) return undefined
  let used = 0
  const walk = (start: number, end: number, from: number, to: number): Uint8Array | undefined => {
    if (from === to) return proof[used++]
    if (end - start === 1) return leafHashes[from]
    const middle = start + splitOf(end - start)
    const between = firstNotBelow(indexes, middle, from, to)
    const left = walk(start, middle, from, between)
    const right = left && walk(middle, end, between, to)
    return right && nodeHash(left, right)
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

/** Where in [from, to) the first index at or above `bound` stands; `to` when none does. */
function firstNotBelow(indexes: readonly number[], bound: number, from: number, to: number) {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((indexes[middle] ?? 0) < bound) low = middle + 1
    else high = middle
  }
  return low
}
