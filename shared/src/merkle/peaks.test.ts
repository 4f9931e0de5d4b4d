/** Peaks give the same roots as the whole tree, and their bytes fit only their own size. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/leaf.json' with { type: 'json' }
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { hex } from '../testing/bytes.ts'
import { EMPTY_ROOT, leafHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import { appendLeaves, decodePeaks, emptyPeaks, encodePeaks, rootOf } from './peaks.ts'
import { rootOfRange } from './proof.ts'

const leaves = [...Array(600).keys()].map(n => leafHash(utf8(`${n}`)))

test.each(vectors.roots.map((root, size) => ({ size, root })))(
  'golden root $size',
  ({ size, root }) => {
    const golden = vectors.leafHashes.slice(0, size).map(hex)
    const peaks = appendLeaves(emptyPeaks, golden)
    expect(toHex(rootOf(peaks))).toBe(root)
    expect(toHex(encodePeaks(peaks))).toBe(vectors.peaks[size])
    expect(decodePeaks(hex(vectors.peaks[size] ?? ''))).toEqual(peaks)
  },
)

test('appending in any portions gives the root of all leaves', () => {
  const portions = fc.array(fc.nat({ max: 40 }), { maxLength: 12 })
  fc.assert(
    fc.property(portions, counts => {
      let peaks = emptyPeaks
      for (const count of counts) {
        peaks = appendLeaves(peaks, leaves.slice(peaks.size, peaks.size + count))
      }
      expect(toHex(rootOf(peaks))).toBe(toHex(rootOfRange(leafReader(leaves), 0, peaks.size)))
      expect(decodePeaks(encodePeaks(peaks))).toEqual(peaks)
    }),
  )
})

test('appending leaves the old peaks as they were', () => {
  const before = appendLeaves(emptyPeaks, leaves.slice(0, 3))
  const bytes = encodePeaks(before)
  appendLeaves(before, leaves.slice(3, 9))
  expect(encodePeaks(before)).toEqual(bytes)
  expect(rootOf(emptyPeaks)).toEqual(EMPTY_ROOT)
})

describe('refused', () => {
  const three = encodePeaks(appendLeaves(emptyPeaks, leaves.slice(0, 3)))
  test.each([
    ['nothing', new Uint8Array()],
    ['half a size', new Uint8Array(7)],
    ['a hash too few', three.subarray(0, 8 + 32)],
    ['a byte too many', Uint8Array.from([...three, 0])],
    [
      'a size beyond the safe range',
      Uint8Array.from([0, 0x20, 0, 0, 0, 0, 0, 0, ...three.subarray(8, 40)]),
    ],
    [
      'another size with as many bytes and fewer peaks',
      Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 4, ...three.subarray(8)]),
    ],
  ])('%s', (_, bytes) => {
    expect(() => decodePeaks(bytes)).toThrowError(
      expect.objectContaining({ code: 'merkle.peaks-invalid' }),
    )
  })

  test('peaks whose hashes do not fit their size cannot be appended to', () => {
    expect(() => appendLeaves({ size: 1, hashes: [] }, leaves.slice(0, 1))).toThrowError(
      expect.objectContaining({ code: 'merkle.peaks-invalid' }),
    )
  })
})
