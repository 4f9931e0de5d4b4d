/**
 * The subtrees above the leaves in the order in which they become complete. Whoever appends can
 * store them as one run of hashes beside each batch of leaves, and whoever proves finds any of
 * them by its place in that order, without reading the leaves below.
 *
 *   leaf 0   leaf 1: (1,0)   leaf 2   leaf 3: (1,1) (2,0)   leaf 4   leaf 5: (1,2)
 */
import { nodeHash } from './hash.ts'
import type { Peaks } from './peaks.ts'
import type { HashReader } from './proof.ts'

/** The complete subtree over leaves [index·2^level, (index+1)·2^level). */
export type Subtree = { level: number; index: number }

/**
 * The peaks after `fresh` leaf hashes, and the hashes of the subtrees that these complete, in
 * order: fewer than leaves + 53.
 */
export function growPeaks(
  peaks: Peaks,
  fresh: readonly Uint8Array[],
): { peaks: Peaks; completed: Uint8Array[] } {
  const hashes = [...peaks.hashes]
  const completed: Uint8Array[] = []
  for (const [at, leaf] of fresh.entries()) {
    let hash = leaf
    for (let rest = peaks.size + at; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(hashes.pop() ?? new Uint8Array(), hash)
      completed.push(hash)
    }
    hashes.push(hash)
  }
  return { peaks: { size: peaks.size + fresh.length, hashes }, completed }
}

/** How many subtrees are complete in a tree of `size`: each set bit leaves one leaf unjoined. */
export function countCompleted(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return size - ones
}

/** The leaf that completes the subtree, and for levels above 0 its place in the order. */
export function placeOfSubtree({ level, index }: Subtree): { leaf: number; place: number } {
  const leaf = (index + 1) * 2 ** level - 1
  return { leaf, place: countCompleted(leaf) + level - 1 }
}

/** The subtrees that `compute` reads; which they are does not depend on their hashes. */
export function subtreesRead(compute: (read: HashReader) => unknown): Subtree[] {
  const read = new Map<string, Subtree>()
  compute((level, index) => {
    read.set(`${level}/${index}`, { level, index })
    return new Uint8Array()
  })
  return [...read.values()]
}
