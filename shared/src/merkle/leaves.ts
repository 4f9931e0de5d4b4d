/** Proofs from leaf hashes in memory: every complete subtree is hashed once, when asked for. */
import { TillproofError } from '../errors.ts'
import { nodeHash } from './hash.ts'
import type { HashReader } from './proof.ts'

/** The array may grow after the reader was made; hashes it handed out stay right. */
export function leafReader(leafHashes: readonly Uint8Array[]): HashReader {
  const levels: Map<number, Uint8Array>[] = []
  const read: HashReader = (level, index) => {
    if (level === 0) return leafHashes[index] ?? outOfRange(level, index)
    const known = levels[level]?.get(index)
    if (known) return known
    const hash = nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
    const hashes = levels[level] ?? new Map<number, Uint8Array>()
    levels[level] = hashes.set(index, hash)
    return hash
  }
  return read
}

function outOfRange(level: number, index: number): never {
  throw new TillproofError(
    'merkle.out-of-range',
    `The tree holds no hash at level ${level}, index ${index}.`,
    'Ask only for subtrees that lie wholly inside the tree.',
  )
}
