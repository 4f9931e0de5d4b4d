/**
 * A device log's entry in the newest map of heads that a checkpoint covers, for a bundle: that no
 * newer head is hidden. A map lists every device log there is, so it is put together once for each
 * leaf and kept; what it says never changes.
 */
import type { Bundle } from '@tillproof/shared/bundle/bundle.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { type HashReader, inclusionProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import {
  decodeHeadsMap,
  headsMapEntry,
  type NewestHead,
  sortedHeads,
} from '@tillproof/shared/wire/heads-map.ts'
import type { Tx } from '../../platform/db/db.ts'
import { newestHeads } from '../log/heads-map.ts'
import { entryOf } from '../log/leaf.ts'
import { logInclusionProof } from '../log/tiles.ts'

type Newest = Bundle['deviceHeads'][number]['newest']
type MapLeaf = { index: number; body: Uint8Array }
type Entries = { heads: readonly NewestHead[]; read: HashReader }
/** The entries of the map asked for last: all bundles of a day take the same one. */
export type HeadsMaps = { last?: { leaf: number; root: Uint8Array; entries: Entries } }

const PREFIX = entryOf({ type: 'heads-map', body: new Uint8Array() })

/** @param size of the checkpoint @returns null while no map under it names the origin */
export async function newestOf(
  tx: Tx,
  maps: HeadsMaps,
  origin: string,
  size: number,
): Promise<Newest> {
  const leaf = await newestMapLeaf(tx, size)
  const entries = leaf && (await entriesOf(tx, maps, leaf))
  const at = entries?.heads.findIndex(head => head.origin === origin) ?? -1
  const head = entries?.heads[at]
  if (leaf === undefined || entries === undefined || head === undefined) return null
  return {
    map: toBase64(leaf.body),
    leafIndex: leaf.index,
    proof: (await logInclusionProof(tx, leaf.index, size)).map(toBase64),
    head: { leafIndex: head.leafIndex, leafHash: toBase64(head.leafHash) },
    at,
    path: inclusionProof(entries.read, at, entries.heads.length).map(toBase64),
  }
}

async function newestMapLeaf(tx: Tx, size: number): Promise<MapLeaf | undefined> {
  const [row] = await tx.query<{ log_index: bigint; entry: Buffer }>(
    `select log_index, entry from log_leaves
     where type = 'heads-map' and log_index < $1 order by log_index desc limit 1`,
    [size],
  )
  if (row === undefined) return undefined
  return { index: Number(row.log_index), body: new Uint8Array(row.entry).slice(PREFIX.length) }
}

/** Undefined when the database does not give the map that was logged. */
async function entriesOf(tx: Tx, maps: HeadsMaps, leaf: MapLeaf): Promise<Entries | undefined> {
  const map = decodeHeadsMap(leaf.body)
  if (map === undefined) return undefined
  const { last } = maps
  if (last?.leaf === leaf.index && equal(last.root, map.root)) return last.entries
  const heads = sortedHeads(await newestHeads(tx, map.size))
  const read = leafReader(heads.map(head => leafHash(headsMapEntry(head))))
  if (!equal(rootOfRange(read, 0, heads.length), map.root)) return undefined
  const entries = { heads, read }
  maps.last = { leaf: leaf.index, root: map.root, entries }
  return entries
}
