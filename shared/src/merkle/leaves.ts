/** Proofs from leaf hashes in memory: every complete subtree is hashed once, when asked for. */
import { TillproofError } from '../errors.ts'
import { nodeHash } from './hash.ts'
import type { HashReader } from './proof.ts'

/** The array may grow after the reader was made; hashes it handed out stay right. */
export function leafReader(leafHashes: readonly Uint8Array[]): HashReader {
  const known = new Map<string, Uint8Array>()
  const read: HashReader = (level, index) => {
    if (level === 0) return leafHashes[index] ?? outOfRange(level, index)
    const key = `${level}/${index}`
    const hash =
      known.get(key) ?? nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
    known.set(key, hash)
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
