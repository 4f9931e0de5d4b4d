/**
 * C2SP tlog-tiles: a tree served as immutable files of up to 256 hashes, eight tree levels a tile.
 * Tile (level L, index N) holds the hashes of complete subtrees of 256^L leaves; a tile at the
 * right edge is partial and named with its width. Entry bundles hold the entries of a level-0 tile.
 */
import { concat } from '../bytes/bytes.ts'
import { TillproofError } from '../errors.ts'
import { HASH_BYTES, nodeHash } from './hash.ts'
import type { HashReader } from './proof.ts'

export const TILE_WIDTH = 256
const TILE_HEIGHT = 8

/** `width` is 1 to 256; below 256 the tile is partial. */
export type Tile = { level: number; index: number; width: number }
/** A path of the log: a tile of hashes, or the bundle with the entries of a level-0 tile. */
export type TilePath = { kind: 'tile'; tile: Tile } | { kind: 'entries'; tile: Tile }

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** `tile/<L>/<N>[.p/<W>]` */
export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${indexPath(tile)}`
}

/** `tile/entries/<N>[.p/<W>]` for the entries under a level-0 tile. */
export function entriesPath(tile: Omit<Tile, 'level'>): string {
  return `tile/entries/${indexPath(tile)}`
}

/** @returns undefined unless the path is the one spelling of a tile or an entry bundle. */
export function parseTilePath(path: string): TilePath | undefined {
  const [, name = '', digits = '', partial] = PATH.exec(path) ?? []
  const level = name === 'entries' ? 0 : Number(name)
  const index = Number(digits.replaceAll(/[x/]/g, ''))
  const tile = { level, index, width: Number(partial ?? TILE_WIDTH) }
  const kind = name === 'entries' ? 'entries' : 'tile'
  if (name === '' || level > 63 || !Number.isSafeInteger(index)) return undefined
  return (kind === 'entries' ? entriesPath(tile) : tilePath(tile)) === path
    ? { kind, tile }
    : undefined
}

/** Tiles that a tree has at `newSize` and had not, or had narrower, at `oldSize`. */
export function tilesFor(oldSize: number, newSize: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0, span = 1; span <= newSize; level++, span *= TILE_WIDTH) {
    const had = Math.floor(oldSize / span)
    const has = Math.floor(newSize / span)
    if (has === had) break
    for (let index = Math.floor(had / TILE_WIDTH); index * TILE_WIDTH < has; index++) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, has - index * TILE_WIDTH) })
    }
  }
  return tiles
}

/** The bytes of a tile: its hashes one after another. */
export function tileBytes(read: HashReader, { level, index, width }: Tile): Uint8Array {
  const hashes: Uint8Array[] = []
  for (let i = 0; i < width; i++) hashes.push(read(level * TILE_HEIGHT, index * TILE_WIDTH + i))
  return concat(...hashes)
}

/** Reads a tree of `size` leaves from its tiles; `fetch` gives a tile's bytes. */
export function tileReader(fetch: (tile: Tile) => Uint8Array, size: number): HashReader {
  return (level, index) => {
    const { tile, offset, count } = tileHolding(level, index, size)
    const bytes = fetch(tile)
    if (bytes.length !== tile.width * HASH_BYTES) throw damaged(tile)
    return foldTile(bytes, offset, count)
  }
}

/**
 * Which tiles a computation over a tree of `size` leaves reads, so that they can be loaded first:
 * `tilesRead(size, read => inclusionProof(read, index, size))`.
 */
export function tilesRead(size: number, compute: (read: HashReader) => unknown): Tile[] {
  const tiles = new Map<string, Tile>()
  const nothing = new Uint8Array(HASH_BYTES)
  compute((level, index) => {
    const { tile } = tileHolding(level, index, size)
    tiles.set(tilePath(tile), tile)
    return nothing
  })
  return [...tiles.values()]
}

function tileHolding(level: number, index: number, size: number) {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const count = 2 ** (level % TILE_HEIGHT)
  const first = index * count
  const has = Math.floor(size / TILE_WIDTH ** tileLevel)
  if (index < 0 || first + count > has) throw outOfRange(level, index)
  const tileIndex = Math.floor(first / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, has - tileIndex * TILE_WIDTH)
  return { tile: { level: tileLevel, index: tileIndex, width }, offset: first % TILE_WIDTH, count }
}

function foldTile(bytes: Uint8Array, offset: number, count: number): Uint8Array {
  if (count === 1) return bytes.slice(offset * HASH_BYTES, (offset + 1) * HASH_BYTES)
  const half = count / 2
  return nodeHash(foldTile(bytes, offset, half), foldTile(bytes, offset + half, half))
}

/** 1234067 is `x001/x234/067`; partial tiles end in `.p/<width>`. */
function indexPath({ index, width }: Omit<Tile, 'level'>): string {
  const groups = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  }
  return `${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

function outOfRange(level: number, index: number): TillproofError {
  return new TillproofError(
    'merkle.out-of-range',
    `The tree holds no hash at level ${level}, index ${index}.`,
    'Ask only for subtrees that lie wholly inside the tree.',
  )
}

function damaged(tile: Tile): TillproofError {
  return new TillproofError(
    'merkle.tile-damaged',
    `The tile ${tilePath(tile)} has the wrong length.`,
    'Fetch it again; if it stays so, the log is damaged and its operator has to be told.',
  )
}
