/**
 * Proofs against the published vectors of transparency-dev/merkle (good and corrupted), against our
 * golden vectors, and as properties over random trees.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/leaf.json' with { type: 'json' }
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { hex } from '../testing/bytes.ts'
import { readJsonSample, readJsonSamples } from '../testing/samples.ts'
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import {
  consistencyProof,
  inclusionProof,
  rootOfRange,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'

type InclusionSample = {
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  wantErr: boolean
}
type ConsistencySample = {
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  wantErr: boolean
}

/** Samples hold hashes of any length on purpose, so they are read as leniently as Go does. */
const lenient = (text: string | undefined) => Uint8Array.from(Buffer.from(text ?? '', 'base64'))

const inclusionSamples = readJsonSamples('tlog/merkle/inclusion')
const consistencySamples = readJsonSamples('tlog/merkle/consistency')
const rootsSample = readJsonSample('tlog/rfc6962-roots-0-8.json')

describe.skipIf(inclusionSamples.length === 0)('transparency-dev inclusion', () => {
  test.each(inclusionSamples)('$path', ({ json }) => {
    const sample = json as InclusionSample
    const verified = verifyInclusion({
      leafHash: lenient(sample.leafHash),
      index: sample.leafIdx,
      size: sample.treeSize,
      proof: (sample.proof ?? []).map(lenient),
      root: lenient(sample.root),
    })
    expect(verified).toBe(!sample.wantErr)
  })
})

describe.skipIf(consistencySamples.length === 0)('transparency-dev consistency', () => {
  test.each(consistencySamples)('$path', ({ json }) => {
    const sample = json as ConsistencySample
    const verified = verifyConsistency({
      size1: sample.size1,
      size2: sample.size2,
      root1: lenient(sample.root1),
      root2: lenient(sample.root2),
      proof: (sample.proof ?? []).map(lenient),
    })
    expect(verified).toBe(!sample.wantErr)
  })
})

test.skipIf(!rootsSample)('RFC 6962 leaf hashes and roots of sizes 0 to 8', () => {
  const sample = rootsSample as Record<'leafInputsHex' | 'leafHashesHex' | 'rootsHex', string[]>
  const leaves = sample.leafInputsHex.map(input => leafHash(hex(input)))
  expect(leaves.map(toHex)).toEqual(sample.leafHashesHex)
  const roots = sample.rootsHex.map((_, size) => toHex(rootOfRange(leafReader(leaves), 0, size)))
  expect(roots).toEqual(sample.rootsHex)
})

describe('golden vectors', () => {
  const leaves = vectors.entries.map(entry => leafHash(hex(entry)))
  const read = leafReader(leaves)

  test('leaves and roots', () => {
    expect(leaves.map(toHex)).toEqual(vectors.leafHashes)
    expect(vectors.roots.map((_, size) => toHex(rootOfRange(read, 0, size)))).toEqual(vectors.roots)
  })

  test.each(vectors.inclusion)('inclusion of $index in $size', ({ index, size, proof }) => {
    expect(inclusionProof(read, index, size).map(toHex)).toEqual(proof)
  })

  test.each(vectors.consistency)('consistency of $size1 with $size2', ({ size1, size2, proof }) => {
    expect(consistencyProof(read, size1, size2).map(toHex)).toEqual(proof)
  })
})

const leavesOf = (size: number) => [...Array(size).keys()].map(n => leafHash(utf8(`leaf ${n}`)))
const tree = fc.integer({ min: 1, max: 300 })

test('every leaf of every tree is proven, and nowhere else', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(), (size, indexSeed, otherSeed) => {
      const leaves = leavesOf(size)
      const read = leafReader(leaves)
      const index = indexSeed % size
      const other = otherSeed % size
      const claim = {
        leafHash: read(0, index),
        index,
        size,
        proof: inclusionProof(read, index, size),
        root: rootOfRange(read, 0, size),
      }
      expect(verifyInclusion(claim)).toBe(true)
      expect(verifyInclusion({ ...claim, index: other })).toBe(other === index)
      expect(verifyInclusion({ ...claim, leafHash: read(0, other) })).toBe(other === index)
      expect(verifyInclusion({ ...claim, proof: [...claim.proof, EMPTY_ROOT] })).toBe(false)
      if (size > 1) expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) })).toBe(false)
    }),
  )
})

test('every tree extends each smaller one, and only the one it grew from', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(), (size2, oldSeed, damageSeed) => {
      const read = leafReader(leavesOf(size2))
      const size1 = oldSeed % (size2 + 1)
      const proof = consistencyProof(read, size1, size2)
      const claim = {
        size1,
        root1: rootOfRange(read, 0, size1),
        size2,
        root2: rootOfRange(read, 0, size2),
        proof,
      }
      expect(verifyConsistency(claim)).toBe(true)
      expect(verifyConsistency({ ...claim, root1: nodeHash(EMPTY_ROOT, EMPTY_ROOT) })).toBe(false)
      expect(verifyConsistency({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false)
      if (proof.length === 0) return
      const at = damageSeed % proof.length
      const damaged = proof.map((hash, i) => (i === at ? EMPTY_ROOT : hash))
      expect(verifyConsistency({ ...claim, proof: damaged })).toBe(false)
      expect(verifyConsistency({ ...claim, proof: proof.slice(1) })).toBe(false)
      expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toBe(false)
    }),
  )
})

describe('edges', () => {
  const [only = EMPTY_ROOT] = leavesOf(1)

  test('the empty tree holds nothing and is extended by everything', () => {
    const nothing = { leafHash: only, index: 0, size: 0, proof: [], root: EMPTY_ROOT }
    expect(verifyInclusion(nothing)).toBe(false)
    const grown = { size1: 0, root1: EMPTY_ROOT, size2: 1, root2: only, proof: [] }
    expect(verifyConsistency(grown)).toBe(true)
    expect(verifyConsistency({ ...grown, root1: only })).toBe(false)
    expect(verifyConsistency({ ...grown, proof: [only] })).toBe(false)
  })

  test('a tree of one is its leaf', () => {
    expect(verifyInclusion({ leafHash: only, index: 0, size: 1, proof: [], root: only })).toBe(true)
    expect(inclusionProof(leafReader([only]), 0, 1)).toEqual([])
  })

  test.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is no size', size => {
    expect(verifyInclusion({ leafHash: only, index: 0, size, proof: [], root: only })).toBe(false)
    expect(verifyConsistency({ size1: 1, root1: only, size2: size, root2: only, proof: [] })).toBe(
      false,
    )
  })

  /** All leaves equal make every complete subtree of a level equal: trees of any size are cheap. */
  test('sizes beyond 32 bits', () => {
    const levels = [only]
    for (let i = 0; i < 52; i++) levels.push(nodeHash(levels[i] ?? only, levels[i] ?? only))
    const read = (level: number) => levels[level] ?? only
    const size = 2 ** 52 + 2 ** 31 + 5
    const root = rootOfRange(read, 0, size)
    for (const index of [0, 2 ** 31, 2 ** 32 + 1, 2 ** 52, size - 1]) {
      const proof = inclusionProof(read, index, size)
      expect(verifyInclusion({ leafHash: only, index, size, proof, root })).toBe(true)
    }
    const size1 = 2 ** 40 + 3
    const proof = consistencyProof(read, size1, size)
    const root1 = rootOfRange(read, 0, size1)
    expect(verifyConsistency({ size1, root1, size2: size, root2: root, proof })).toBe(true)
  })

  test.each([
    [1, 1],
    [-1, 1],
    [0, 0],
  ])('no inclusion proof of %d in %d', (index, size) => {
    expect(() => inclusionProof(leafReader([only]), index, size)).toThrowError(
      expect.objectContaining({ code: 'merkle.out-of-range' }),
    )
  })

  test('no consistency proof with a smaller tree, no hash outside the tree', () => {
    const refused = expect.objectContaining({ code: 'merkle.out-of-range' })
    expect(() => consistencyProof(leafReader([only]), 2, 1)).toThrowError(refused)
    expect(() => leafReader([only])(0, 1)).toThrowError(refused)
    expect(() => leafReader([only])(1, 0)).toThrowError(refused)
  })
})
