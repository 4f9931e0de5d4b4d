/**
 * The cloud's log as its sequencer grows it, in memory: leaves numbered in batches, tiles written,
 * one signed checkpoint a second. What a database costs on top is not measured here.
 */
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { appendLeaves, emptyPeaks, type Peaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { tileBytes, tilePath, tilesFor } from '@tillproof/shared/merkle/tiles.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'

/** As many leaves as the sequencer numbers in one transaction. */
const BATCH_SIZE = 512
const CHECKPOINT_EVERY_MS = 1000

export type GrownLog = {
  peaks: Peaks
  /** By path, each as wide as the log made it last. */
  tiles: ReadonlyMap<string, Uint8Array>
  /** The newest; over all leaves at the end. */
  checkpoint: string
}

/** @param signer the log's; its name is the origin */
export function growLog(
  entries: readonly Uint8Array[],
  signer: Signer,
  nowMs: () => number,
): GrownLog {
  const leaves: Uint8Array[] = []
  const read = leafReader(leaves)
  const tiles = new Map<string, Uint8Array>()
  let peaks = emptyPeaks
  let [checkpoint, signedMs] = ['', nowMs()]
  while (peaks.size < entries.length) {
    const fresh = entries.slice(peaks.size, peaks.size + BATCH_SIZE).map(leafHash)
    leaves.push(...fresh)
    for (const tile of tilesFor(peaks.size, leaves.length)) {
      tiles.set(tilePath(tile), tileBytes(read, tile))
    }
    peaks = appendLeaves(peaks, fresh)
    const isDue = nowMs() - signedMs >= CHECKPOINT_EVERY_MS || peaks.size === entries.length
    if (isDue) [checkpoint, signedMs] = [sign(peaks, signer), nowMs()]
  }
  return { peaks, tiles, checkpoint }
}

function sign(peaks: Peaks, signer: Signer): string {
  const text = formatCheckpoint({ origin: signer.name, size: peaks.size, root: rootOf(peaks) })
  return signNote(text, [signer])
}
