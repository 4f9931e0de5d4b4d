/**
 * Proofs in the published format (C2SP tlog-proof), so that tools nobody here wrote can check what
 * a log holds: made from what the log serves to everybody, verified offline by a policy.
 */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { inclusionProof, verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { TILE_WIDTH, tilePath, tileReader, tilesRead } from '@tillproof/shared/merkle/tiles.ts'
import { parseCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import {
  formatTlogProof,
  type TlogVerdict,
  verifyTlogProof,
} from '@tillproof/shared/note/tlog-proof.ts'
import type { Fetched, LogClient } from '../monitor/log-client.ts'

export type Proven = { proof: string; entry: Uint8Array } | { fault: string }

/** Proves one entry under the checkpoint that the log serves now. */
export async function proveEntry(client: LogClient, index: number): Promise<Proven> {
  const fetched = await client.checkpoint()
  if (!('value' in fetched)) return { fault: reasonOf(fetched) }
  const checkpoint = fromUtf8(fetched.value) ?? ''
  const note = parseNote(checkpoint)
  const head = note.ok ? parseCheckpoint(note.text) : undefined
  if (head === undefined) return { fault: 'what is served as checkpoint is none' }
  const { size, root } = head
  if (index >= size) return { fault: `the log has ${size} entries, the last is ${size - 1}` }

  const tiles = new Map<string, Uint8Array>()
  for (const tile of tilesRead(size, read => inclusionProof(read, index, size))) {
    const bytes = await client.tile(tile)
    if (!('value' in bytes)) return { fault: reasonOf(bytes) }
    tiles.set(tilePath(tile), bytes.value)
  }
  const tileIndex = Math.floor(index / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, size - tileIndex * TILE_WIDTH)
  const entries = await client.entries({ level: 0, index: tileIndex, width })
  if (!('value' in entries)) return { fault: reasonOf(entries) }
  const entry = entries.value[index % TILE_WIDTH] ?? new Uint8Array()

  const read = tileReader(tile => tiles.get(tilePath(tile)) ?? new Uint8Array(), size)
  const hashes = inclusionProof(read, index, size)
  if (!verifyInclusion({ leafHash: leafHash(entry), index, size, proof: hashes, root })) {
    return { fault: 'the entry and tiles served do not lead to the signed root' }
  }
  return { proof: formatTlogProof({ extra: null, index, hashes, checkpoint }), entry }
}

const reasonOf = (fetched: Exclude<Fetched<unknown>, { value: unknown }>): string =>
  'refused' in fetched ? fetched.refused : fetched.unreachable

export type ProofReport = TlogVerdict & { exitCode: 0 | 11 | 20; detail: string }

/** 0 witnessed · 11 signed by the log, without the policy's quorum · 20 no proof of this entry. */
export function checkProof(text: string, entry: Uint8Array, policy: Policy): ProofReport {
  const verdict = verifyTlogProof(text, leafHash(entry), policy)
  if (!verdict.ok) return { ...verdict, exitCode: 20, detail: FAULTS[verdict.error] }
  const { checkpoint, index, cosigners, isWitnessed } = verdict
  const place = `entry ${index} of ${checkpoint.origin} at size ${checkpoint.size}`
  const by = cosigners.length === 0 ? 'no witness of the policy' : cosigners.join(', ')
  return {
    ...verdict,
    exitCode: isWitnessed ? 0 : 11,
    detail: `${place}, cosigned by ${by}${isWitnessed ? '' : ': less than the quorum'}`,
  }
}

const FAULTS = {
  malformed: 'the file is no tlog-proof: its lines are not those of c2sp.org/tlog-proof@v1',
  unsigned: 'its checkpoint is signed by no log of the policy',
  'not-included': 'the entry is not the one that its hashes prove',
} as const
