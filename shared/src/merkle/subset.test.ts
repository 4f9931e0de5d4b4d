/** One proof for many leaves, held against single inclusion proofs and against what is forged. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, utf8 } from '../bytes/bytes.ts'
import { leafHash, nodeHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import { inclusionProof, rootOfRange } from './proof.ts'
import { rootOfSubset, subsetProof } from './subset.ts'

const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => leafHash(utf8(`${at}`)))

function proofOf(size: number, indexes: readonly number[]) {
  const leaves = leavesOf(size)
  const read = leafReader(leaves)
  const claim = {
    indexes,
    leafHashes: concat(...indexes.map(index => leaves[index] ?? new Uint8Array())),
    size,
    proof: subsetProof(read, indexes, size),
  }
  return { leaves, claim, root: rootOfRange(read, 0, size) }
}

test('is the picture of its file', () => {
  const { leaves, claim } = proofOf(7, [2, 3, 6])
  const [a, b, , , e, f] = leaves
  if (!a || !b || !e || !f) return expect.unreachable()
  expect(claim.proof).toEqual([nodeHash(a, b), nodeHash(e, f)])
})

test('gives the root for every subset of every small tree', () => {
  for (let size = 1; size <= 9; size++) {
    for (let bits = 1; bits < 2 ** size; bits++) {
      const indexes = [...Array(size).keys()].filter(index => (bits >> index) % 2 === 1)
      const { claim, root } = proofOf(size, indexes)
      expect(rootOfSubset(claim)).toEqual(root)
    }
  }
})

test('of one leaf is its inclusion proof, from the left instead of from below', () => {
  const subsets = fc
    .integer({ min: 1, max: 300 })
    .chain(size => fc.tuple(fc.constant(size), fc.nat({ max: size - 1 })))
  fc.assert(
    fc.property(subsets, ([size, index]) => {
      const { leaves, claim } = proofOf(size, [index])
      const path = inclusionProof(leafReader(leaves), index, size).map(String)
      expect(claim.proof).toHaveLength(path.length)
      expect(new Set(claim.proof.map(String))).toEqual(new Set(path))
    }),
  )
})

test('of a run of leaves is two paths at most, however long the run', () => {
  const { claim, root } = proofOf(5000, [0, ...Array.from({ length: 3000 }, (_, at) => 777 + at)])
  expect(claim.proof.length).toBeLessThanOrEqual(3 * 13)
  expect(rootOfSubset(claim)).toEqual(root)
})

describe('is refused', () => {
  const { claim, root } = proofOf(13, [0, 5, 6, 12])
  const [first = new Uint8Array(), ...others] = claim.proof
  test.each([
    ['with a hash too few', { proof: others }],
    ['with a hash too many', { proof: [...claim.proof, first] }],
    ['without leaves', { indexes: [], leafHashes: new Uint8Array() }],
    ['with an index twice', { indexes: [0, 5, 5, 12] }],
    ['out of order', { indexes: [0, 6, 5, 12] }],
    ['beyond the end', { indexes: [0, 5, 6, 13] }],
    ['before the beginning', { indexes: [-1, 5, 6, 12] }],
    ['between two leaves', { indexes: [0, 5.5, 6, 12] }],
    ['with a leaf too few', { leafHashes: claim.leafHashes.subarray(32) }],
    ['of a size that is none', { size: 2 ** 53 }],
  ])('%s', (_, change) => {
    expect(rootOfSubset({ ...claim, ...change })).toBeUndefined()
  })

  test('or gives another root when leaves change places, or sizes grow', () => {
    expect(rootOfSubset(claim)).toEqual(root)
    const turned = concat(claim.leafHashes.subarray(32), claim.leafHashes.subarray(0, 32))
    expect(rootOfSubset({ ...claim, leafHashes: turned })).not.toEqual(root)
    expect(rootOfSubset({ ...claim, indexes: [0, 4, 6, 12] })).not.toEqual(root)
    expect(rootOfSubset({ ...claim, size: 14 })).not.toEqual(root)
  })

  test('in the depth of the largest tree without looking far', () => {
    const deep = { indexes: [2 ** 52], leafHashes: first, size: 2 ** 53 - 1, proof: [] }
    expect(rootOfSubset(deep)).toBeUndefined()
  })
})
