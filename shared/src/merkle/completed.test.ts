/** Stored subtrees are those of the tree, wherever batches ended, and are found by their place. */
import { expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { countCompleted, growPeaks, placeOfSubtree, subtreesRead } from './completed.ts'
import { leafHash, nodeHash } from './hash.ts'
import { leafReader } from './leaves.ts'
import { appendLeaves, emptyPeaks } from './peaks.ts'
import { inclusionProof } from './proof.ts'

const leaves = Array.from({ length: 300 }, (_, n) => leafHash(utf8(`leaf ${n}`)))
const read = leafReader(leaves)

test('six leaves complete four subtrees, in this order', () => {
  const [a, b, c, d, e, f] = leaves
  if (!(a && b && c && d && e && f)) return expect.fail('no leaves')
  const [ab, cd] = [nodeHash(a, b), nodeHash(c, d)]
  expect(growPeaks(emptyPeaks, leaves.slice(0, 6)).completed.map(toHex)).toEqual(
    [ab, cd, nodeHash(ab, cd), nodeHash(e, f)].map(toHex),
  )
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(countCompleted)).toEqual([0, 0, 1, 1, 3, 3, 4, 4, 7])
  expect(placeOfSubtree({ level: 2, index: 0 })).toEqual({ leaf: 3, place: 2 })
  expect(placeOfSubtree({ level: 1, index: 2 })).toEqual({ leaf: 5, place: 3 })
})

test('in batches of any size, each complete subtree lies at its place', () => {
  for (const step of [1, 2, 3, 7, 64, 100, 300]) {
    const stored: Uint8Array[] = []
    let peaks = emptyPeaks
    for (let from = 0; from < leaves.length; from += step) {
      const fresh = leaves.slice(from, from + step)
      expect(stored).toHaveLength(countCompleted(from))
      const grown = growPeaks(peaks, fresh)
      stored.push(...grown.completed)
      peaks = appendLeaves(peaks, fresh)
      expect(grown.peaks).toEqual(peaks)
    }
    for (let level = 1; level < 9; level += 1) {
      for (let index = 0; (index + 1) * 2 ** level <= leaves.length; index += 1) {
        expect(stored[placeOfSubtree({ level, index }).place]).toEqual(read(level, index))
      }
    }
  }
})

test('a proof reads a few subtrees, each named once', () => {
  const wanted = subtreesRead(hash => [
    inclusionProof(hash, 5, 11),
    inclusionProof(hash, 4, 11),
  ]).map(({ level, index }) => `${level}/${index}`)
  expect(wanted).toHaveLength(6)
  expect(new Set(wanted)).toEqual(new Set(['0/10', '0/4', '0/5', '1/3', '1/4', '2/0']))
})
