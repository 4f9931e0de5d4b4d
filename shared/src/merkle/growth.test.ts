/** A proof from peaks and new leaves is the one that the whole tree gives, hash for hash. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { growPeaks } from './completed.ts'
import { growthProof } from './growth.ts'
import { leafHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import { appendLeaves, emptyPeaks, rootOf } from './peaks.ts'
import { consistencyProof, verifyConsistency } from './proof.ts'

const leaves = [...Array(1100).keys()].map(n => leafHash(utf8(`${n}`)))
const whole = leafReader(leaves)

function expectSame(size1: number, size2: number): void {
  const before = appendLeaves(emptyPeaks, leaves.slice(0, size1))
  const fresh = leaves.slice(size1, size2)
  const { peaks: after, completed } = growPeaks(before, fresh)
  const proof = growthProof({ peaks: before, fresh, completed })
  expect(proof).toEqual(consistencyProof(whole, size1, size2))
  const [root1, root2] = [rootOf(before), rootOf(after)]
  expect(verifyConsistency({ size1, root1, size2, root2, proof })).toBe(true)
}

test('every step between all sizes to 40', () => {
  for (let size2 = 0; size2 <= 40; size2++) {
    for (let size1 = 0; size1 <= size2; size1++) expectSame(size1, size2)
  }
})

test('steps of any width', () => {
  const size = fc.integer({ min: 0, max: 1100 })
  fc.assert(
    fc.property(size, size, (a, b) => expectSame(Math.min(a, b), Math.max(a, b))),
    { numRuns: 60 },
  )
})

test('peaks of another size are noticed, not proven from', () => {
  const before = appendLeaves(emptyPeaks, leaves.slice(0, 6))
  const fresh = leaves.slice(6, 9)
  const { completed } = growPeaks(before, fresh)
  const broken = { size: 6, hashes: before.hashes.slice(0, 1) }
  expect(() => growthProof({ peaks: broken, fresh, completed })).toThrowError(
    expect.objectContaining({ code: 'merkle.out-of-range' }),
  )
})
