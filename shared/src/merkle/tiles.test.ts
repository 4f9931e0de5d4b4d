/** Paths as tlog-tiles spells them, the tiles of a growing tree, proofs out of tiles alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { leafHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import type { HashReader } from './proof.ts'
import { consistencyProof, inclusionProof, rootOfRange } from './proof.ts'
import type { Tile } from './tiles.ts'
import {
  entriesPath,
  parseTilePath,
  tileBytes,
  tilePath,
  tileReader,
  tilesFor,
  tilesRead,
} from './tiles.ts'

describe('paths', () => {
  test.each<[Tile, string]>([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 2, index: 1234067, width: 256 }, 'tile/2/x001/x234/067'],
    [{ level: 1, index: 1000, width: 1 }, 'tile/1/x001/000.p/1'],
  ])('%o is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual({ kind: 'tile', tile })
  })

  test('entry bundles lie beside the tiles of level 0', () => {
    expect(entriesPath({ index: 5, width: 17 })).toBe('tile/entries/005.p/17')
    expect(parseTilePath('tile/entries/x001/005')).toEqual({
      kind: 'entries',
      tile: { level: 0, index: 1005, width: 256 },
    })
  })

  test.each([
    '',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/0/001/000',
    'tile/0/x000/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/-1/000',
    'tile/entries/0',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%j is no path', path => {
    expect(parseTilePath(path)).toBeUndefined()
  })
})

describe('tiles of a tree', () => {
  test('of 70,000 leaves, the example of tlog-tiles', () => {
    const tiles = tilesFor(0, 70_000)
    const partial = tiles.filter(tile => tile.width < 256)
    expect(tiles.filter(tile => tile.level === 0 && tile.width === 256)).toHaveLength(273)
    expect(partial).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ])
    expect(tiles).toHaveLength(273 + 1 + 3)
  })

  test.each<[number, number, string[]]>([
    [0, 0, []],
    [5, 5, []],
    [0, 1, ['tile/0/000.p/1']],
    [1, 2, ['tile/0/000.p/2']],
    [255, 256, ['tile/0/000', 'tile/1/000.p/1']],
    [256, 257, ['tile/0/001.p/1']],
    [200, 600, ['tile/0/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2']],
  ])('growing from %d to %d writes %j', (oldSize, newSize, paths) => {
    expect(tilesFor(oldSize, newSize).map(tilePath)).toEqual(paths)
  })
})

const leaves = [...Array(70_000).keys()].map(n => leafHash(utf8(`${n}`)))
const read = leafReader(leaves)

/** A log that keeps the tiles of every size it went through, as ours does. */
function storedTiles(sizes: number[]): Map<string, Uint8Array> {
  const stored = new Map<string, Uint8Array>()
  for (const [i, size] of sizes.entries()) {
    for (const tile of tilesFor(sizes[i - 1] ?? 0, size)) {
      stored.set(tilePath(tile), tileBytes(read, tile))
    }
  }
  return stored
}

test('proofs out of tiles are the proofs out of leaves, from the tiles that were announced', () => {
  const stored = storedTiles([1, 255, 256, 300, 65_536, 70_000])
  const size = 70_000
  const compute = (index: number) => (reader: HashReader) => ({
    root: toHex(rootOfRange(reader, 0, size)),
    inclusion: inclusionProof(reader, index, size).map(toHex),
    consistency: consistencyProof(reader, index + 1, size).map(toHex),
  })
  fc.assert(
    fc.property(fc.nat({ max: size - 1 }), index => {
      const announced = new Set(tilesRead(size, compute(index)).map(tilePath))
      const reader = tileReader(tile => {
        const path = tilePath(tile)
        expect(announced.has(path)).toBe(true)
        return stored.get(path) ?? new Uint8Array()
      }, size)
      expect(compute(index)(reader)).toEqual(compute(index)(read))
    }),
    { numRuns: 25 },
  )
})

test('a tile of the wrong length, and a hash outside the tree, are refused', () => {
  const reader = tileReader(() => new Uint8Array(31), 5)
  expect(() => reader(0, 0)).toThrowError(expect.objectContaining({ code: 'merkle.tile-damaged' }))
  const outside = expect.objectContaining({ code: 'merkle.out-of-range' })
  expect(() => reader(0, 5)).toThrowError(outside)
  expect(() => reader(3, 0)).toThrowError(outside)
  expect(() => reader(0, -1)).toThrowError(outside)
})
