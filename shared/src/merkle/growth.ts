/**
 * Proofs across one step of growth, from what whoever appends has at hand: the peaks before it and
 * the leaves that came. A consistency proof from the old size to the new one reads nothing else: a
 * subtree it names lies among the new leaves, is one of the old peaks, or spans both.
 */
import { TillproofError } from '../errors.ts'
import { nodeHash } from './hash.ts'
import type { Peaks } from './peaks.ts'
import { consistencyProof, type HashReader } from './proof.ts'

/** @param fresh leaf hashes from `peaks.size` on. */
export function growthProof(peaks: Peaks, fresh: readonly Uint8Array[]): Uint8Array[] {
  return consistencyProof(grownReader(peaks, fresh), peaks.size, peaks.size + fresh.length)
}

function grownReader(peaks: Peaks, fresh: readonly Uint8Array[]): HashReader {
  const old = peaksByPlace(peaks)
  const read: HashReader = (level, index) => {
    const known = old.get(placeOf(level, index))
    if (known !== undefined) return known
    const leaf = level === 0 ? fresh[index - peaks.size] : undefined
    if (leaf !== undefined) return leaf
    if (level === 0 || (index + 1) * 2 ** level <= peaks.size) throw notAtHand(level, index)
    return nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
  }
  return read
}

/** One peak for each set bit of the size, the highest first. */
function peaksByPlace({ size, hashes }: Peaks): Map<string, Uint8Array> {
  const places = new Map<string, Uint8Array>()
  let start = 0
  for (const hash of hashes) {
    const level = Math.floor(Math.log2(size - start))
    places.set(placeOf(level, start / 2 ** level), hash)
    start += 2 ** level
  }
  return places
}

function placeOf(level: number, index: number): string {
  return `${level}/${index}`
}

function notAtHand(level: number, index: number): TillproofError {
  return new TillproofError(
    'merkle.out-of-range',
    `Peaks and new leaves do not give the hash at level ${level}, index ${index}.`,
    'Ask for the proof from the old size to the new one, or read the stored tree.',
  )
}
