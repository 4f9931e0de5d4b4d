/**
 * Whether two signed checkpoints of one log are of one history, from what the log itself serves.
 * The tiles are the log's word and are believed only as far as they lead to the larger root; then
 * the root they give for the smaller size is the one that the larger checkpoint stands for.
 */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import {
  consistencyProof,
  type HashReader,
  rootOfRange,
  verifyConsistency,
} from '@tillproof/shared/merkle/proof.ts'
import { tilePath, tileReader, tilesRead } from '@tillproof/shared/merkle/tiles.ts'
import type { Checkpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Finding } from './finding.ts'
import type { LogClient } from './log-client.ts'

export type SignedCheckpoint = { checkpoint: Checkpoint; note: string }
export type Compared =
  | { are: 'one-history' }
  | { are: 'two-histories'; proof: Finding['proof'] }
  | { are: 'unproven'; reason: string }
  | { are: 'unreachable'; reason: string }

/** @param followed the one the monitor stands on @param seen the other; either may be larger */
export async function compareCheckpoints(
  client: LogClient,
  followed: SignedCheckpoint,
  seen: SignedCheckpoint,
): Promise<Compared> {
  const notes = { followed: followed.note, seen: seen.note }
  const pair = [followed.checkpoint, seen.checkpoint].sort((a, b) => a.size - b.size)
  const [small = followed.checkpoint, large = seen.checkpoint] = pair
  if (small.size === large.size) {
    const isSame = equal(small.root, large.root)
    return isSame ? { are: 'one-history' } : { are: 'two-histories', proof: notes }
  }
  if (small.size === 0) return { are: 'one-history' }
  const read = await readPrefix(client, small.size, large.size)
  if ('are' in read) return read
  const { root: root1, proof } = read
  const claim = { size1: small.size, root1, size2: large.size, root2: large.root, proof }
  if (!verifyConsistency(claim)) {
    return { are: 'unproven', reason: 'its tiles are not those of its checkpoint' }
  }
  if (equal(root1, small.root)) return { are: 'one-history' }
  const shown = { rootOfPrefix: toBase64(root1), consistency: proof.map(toBase64) }
  return { are: 'two-histories', proof: { ...notes, ...shown } }
}

type Prefix = { root: Uint8Array; proof: Uint8Array[] }

/** The root at `size1` and its consistency with `size2`, as the tiles of `size2` have it. */
async function readPrefix(
  client: LogClient,
  size1: number,
  size2: number,
): Promise<Prefix | Extract<Compared, { reason: string }>> {
  const compute = (read: HashReader): Prefix => ({
    root: rootOfRange(read, 0, size1),
    proof: consistencyProof(read, size1, size2),
  })
  const tiles = new Map<string, Uint8Array>()
  for (const tile of tilesRead(size2, compute)) {
    const fetched = await client.tile(tile)
    if ('unreachable' in fetched) return { are: 'unreachable', reason: fetched.unreachable }
    if ('refused' in fetched) return { are: 'unproven', reason: fetched.refused }
    if (fetched.value.length !== tile.width * 32) {
      return { are: 'unproven', reason: `${tilePath(tile)} has a wrong length` }
    }
    tiles.set(tilePath(tile), fetched.value)
  }
  return compute(tileReader(tile => tiles.get(tilePath(tile)) ?? new Uint8Array(), size2))
}
