/** Our own arithmetic on public keys says what an audited library says. */
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes.ts'
import { isInPrimeOrderGroup } from './key-group.ts'

const { Point } = curve
const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')

test('of any 32 bytes, most of them no point or one of a mixed order', () => {
  fc.assert(
    fc.property(bytesOf(32), key => {
      expect(isInPrimeOrderGroup(key)).toBe(byLibrary(key))
    }),
    { numRuns: 100 },
  )
})

test('of a point of the group, and of the same with each point of small order added', () => {
  const factor = fc.bigInt({ min: 1n, max: Point.Fn.ORDER - 1n })
  fc.assert(
    fc.property(factor, fc.integer({ min: 0, max: 7 }), (n, times) => {
      const point = Array.from({ length: times }, () => torsion).reduce(
        (sum, it) => sum.add(it),
        Point.BASE.multiply(n),
      )
      expect(isInPrimeOrderGroup(point.toBytes())).toBe(times === 0)
    }),
    { numRuns: 50 },
  )
})

function byLibrary(key: Uint8Array): boolean {
  try {
    return Point.fromBytes(key, false).isTorsionFree()
  } catch {
    return false
  }
}
