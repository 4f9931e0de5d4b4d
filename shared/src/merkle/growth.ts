/**
 * Proofs across one step of growth, from what whoever appends has at hand: the peaks before it, the
 * leaves that came, and the subtrees that these completed. A consistency proof from the old size to
 * the new one reads nothing else.
 */
import { TillproofError } from '../errors.ts'
import { countCompleted, placeOfSubtree } from './completed.ts'
import type { Peaks } from './peaks.ts'
import { consistencyProof, type HashReader } from './proof.ts'

export type GrowthStep = {
  peaks: Peaks
  /** Leaf hashes from `peaks.size` on. */
  fresh: readonly Uint8Array[]
  /** As `growPeaks` gives them. */
  completed: readonly Uint8Array[]
}

export function growthProof(step: GrowthStep): Uint8Array[] {
  const { size } = step.peaks
  return consistencyProof(grownReader(step), size, size + step.fresh.length)
}

function grownReader({ peaks, fresh, completed }: GrowthStep): HashReader {
  const old = peaksByPlace(peaks)
  const before = countCompleted(peaks.size)
  const come = (level: number, index: number) => {
    const { leaf, place } = placeOfSubtree({ level, index })
    return level === 0 ? fresh[leaf - peaks.size] : completed[place - before]
  }
  return (level, index) =>
    old.get(placeOf(level, index)) ?? come(level, index) ?? notAtHand(level, index)
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

function notAtHand(level: number, index: number): never {
  throw new TillproofError(
    'merkle.out-of-range',
    `Peaks and new leaves do not give the hash at level ${level}, index ${index}.`,
    'Ask for the proof from the old size to the new one, or read the stored tree.',
  )
}
