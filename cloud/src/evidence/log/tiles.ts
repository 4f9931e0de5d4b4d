/**
 * The log's tiles as rows: the widest of each tile there is, since a narrower one, of an older
 * size, is a prefix of it. What a tile is, tlog-tiles says and `shared/merkle/tiles.ts` knows.
 */

import { TillproofError } from '@tillproof/shared/errors.ts'
import { HASH_BYTES } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import {
  consistencyProof,
  type HashReader,
  inclusionProof,
  rootOfRange,
} from '@tillproof/shared/merkle/proof.ts'
import {
  TILE_WIDTH,
  type Tile,
  tileBytes,
  tilePath,
  tileReader,
  tilesFor,
  tilesRead,
} from '@tillproof/shared/merkle/tiles.ts'
import type { Tx } from '../../platform/db/db.ts'

/** The tree levels that one tile spans. */
const TILE_HEIGHT = 8

/** Writes the tiles that grow when leaves are added to a tree of `size`. */
export async function growTiles(tx: Tx, size: number, leaves: Uint8Array[]): Promise<void> {
  const tiles = tilesFor(size, size + leaves.length)
  const edge = await readTiles(tx, tiles.map(tile => atSize(tile, size)).filter(isThere))
  const read = grownReader(size, leaves, edge)
  await tx.query(
    `insert into log_tiles (level, tile_index, hashes)
     select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
     on conflict (level, tile_index) do update set hashes = excluded.hashes`,
    [
      tiles.map(tile => tile.level),
      tiles.map(tile => tile.index),
      tiles.map(tile => Buffer.from(tileBytes(read, tile))),
    ],
  )
}

/** The bytes of a tile, or undefined while the log is not so large. */
export async function readTile(tx: Tx, tile: Tile): Promise<Uint8Array | undefined> {
  return (await readTiles(tx, [tile])).get(tilePath(tile))
}

/** Proof that leaf `index` is in the tree of `size`, from tiles alone. */
export function logInclusionProof(tx: Tx, index: number, size: number): Promise<Uint8Array[]> {
  return fromTiles(tx, size, read => inclusionProof(read, index, size))
}

/** Proof that the tree of `size2` extends the tree of `size1`, from tiles alone. */
export function logConsistencyProof(tx: Tx, size1: number, size2: number): Promise<Uint8Array[]> {
  return fromTiles(tx, size2, read => consistencyProof(read, size1, size2))
}

/** The root the log had at `size`, from tiles alone. */
export function logRootAt(tx: Tx, size: number): Promise<Uint8Array> {
  return fromTiles(tx, size, read => rootOfRange(read, 0, size))
}

async function fromTiles<T>(tx: Tx, size: number, compute: (read: HashReader) => T): Promise<T> {
  const tiles = await readTiles(tx, tilesRead(size, compute))
  return compute(tileReader(tile => tiles.get(tilePath(tile)) ?? missing(tile), size))
}

/** Reads old hashes from the edge's tiles, new ones from the leaves, and folds full tiles. */
function grownReader(
  size: number,
  leaves: Uint8Array[],
  edge: Map<string, Uint8Array>,
): HashReader {
  const old = tileReader(tile => edge.get(tilePath(tile)) ?? missing(tile), size)
  const read: HashReader = (level, index) => {
    if (index < Math.floor(size / 2 ** level)) return old(level, index)
    if (level === 0) return leaves[index - size] ?? new Uint8Array()
    const first = index * TILE_WIDTH
    const below = Array.from({ length: TILE_WIDTH }, (_, i) => read(level - TILE_HEIGHT, first + i))
    return leafReader(below)(TILE_HEIGHT, 0)
  }
  return read
}

/** The tile as a tree of `size` has it; width 0 when that tree has none of it. */
function atSize(tile: Tile, size: number): Tile {
  const has = Math.floor(size / TILE_WIDTH ** tile.level) - tile.index * TILE_WIDTH
  return { ...tile, width: Math.max(0, Math.min(TILE_WIDTH, has)) }
}

function isThere(tile: Tile): boolean {
  return tile.width > 0
}

type TileRow = { level: number; tile_index: bigint; hashes: Buffer }

/** By tile path; a tile that is missing, or narrower than asked for, is left out. */
async function readTiles(tx: Tx, tiles: Tile[]): Promise<Map<string, Uint8Array>> {
  if (tiles.length === 0) return new Map()
  const rows = await tx.query<TileRow>(
    `select level, tile_index, hashes from log_tiles
     join unnest($1::smallint[], $2::bigint[]) as wanted (l, i) on level = l and tile_index = i`,
    [tiles.map(tile => tile.level), tiles.map(tile => tile.index)],
  )
  const found = new Map<string, Uint8Array>()
  for (const tile of tiles) {
    const row = rows.find(r => r.level === tile.level && Number(r.tile_index) === tile.index)
    const bytes = row?.hashes.subarray(0, tile.width * HASH_BYTES)
    if (bytes?.length === tile.width * HASH_BYTES) found.set(tilePath(tile), new Uint8Array(bytes))
  }
  return found
}

function missing(tile: Tile): never {
  throw new TillproofError(
    'log.tile-missing',
    `the log lacks ${tilePath(tile)}`,
    'Stop every cloud process and restore the database; never repair the log by hand.',
  )
}
