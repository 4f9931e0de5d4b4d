/**
 * The part of the Merkle tree that the journal keeps: peaks for appending, and every complete
 * subtree's hash, written once, for proofs. Level 0 are leaf hashes, computed from the entries.
 *
 *   size 6:   level 2   [0    ]        peaks (2,0) and (1,2)
 *             level 1   [0] [1] [2]
 *             level 0   0 1 2 3 4 5
 */
import { leafHash, nodeHash } from '@tillproof/shared/merkle/hash.ts'
import type { Peaks } from '@tillproof/shared/merkle/peaks.ts'
import type { HashReader } from '@tillproof/shared/merkle/proof.ts'

export type TreeNode = { level: number; index: number; hash: Uint8Array }

/** Appends 64-byte entries; answers the new peaks and the subtrees that became complete. */
export function growTree(peaks: Peaks, entries: Uint8Array[]): { peaks: Peaks; nodes: TreeNode[] } {
  const hashes = [...peaks.hashes]
  const nodes: TreeNode[] = []
  entries.forEach((entry, position) => {
    let node: TreeNode = { level: 0, index: peaks.size + position, hash: leafHash(entry) }
    while (node.index % 2 === 1) {
      node = joinWith(hashes.pop(), node)
      nodes.push(node)
    }
    hashes.push(node.hash)
  })
  return { peaks: { size: peaks.size + entries.length, hashes }, nodes }
}

/** The peaks of the tree over the first `size` leaves, left to right. */
export function peaksAt(read: HashReader, size: number): Peaks {
  const hashes: Uint8Array[] = []
  let start = 0
  for (let level = 52; level >= 0; level -= 1) {
    const span = 2 ** level
    if (size - start < span) continue
    hashes.push(read(level, start / span))
    start += span
  }
  return { size, hashes }
}

/** The subtrees above leaf 0 that the leaf at `index` completes, lowest first, by coordinates. */
export function completedBy(index: number): { level: number; index: number }[] {
  const nodes: { level: number; index: number }[] = []
  for (let level = 1, at = index; at % 2 === 1; level += 1) {
    at = (at - 1) / 2
    nodes.push({ level, index: at })
  }
  return nodes
}

function joinWith(left: Uint8Array | undefined, right: TreeNode): TreeNode {
  const hash = nodeHash(left ?? new Uint8Array(), right.hash)
  return { level: right.level + 1, index: (right.index - 1) / 2, hash }
}
