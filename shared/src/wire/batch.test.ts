/** Batches: the golden one, round trips through real compression, hostile payloads. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/batch.json' with { type: 'json' }
import { concat } from '../bytes/bytes.ts'
import type { CborValue } from '../bytes/cbor.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { toHex } from '../bytes/hex.ts'
import { commit } from '../event/commitment.ts'
import { bytes, hex } from '../testing/bytes.ts'
import { anySentParts } from '../testing/events.ts'
import { decodeBatch, encodeBatch, MAX_BATCH_BYTES, MAX_BATCH_CONTENT_BYTES } from './batch.ts'
import { compress, decompress } from './zstd.ts'

const golden = {
  firstIndex: vectors.firstIndex,
  head: vectors.head,
  entries: vectors.entries.map(([open, openSalt, sealed, sealedSalt]) => ({
    open: hex(open ?? ''),
    openSalt: hex(openSalt ?? ''),
    sealed: sealed ? hex(sealed) : null,
    sealedSalt: sealedSalt ? hex(sealedSalt) : null,
  })),
}

const { erased } = vectors
const goldenErased = {
  ...golden,
  entries: golden.entries.map((entry, index) =>
    index === erased.index
      ? { ...entry, sealed: null, sealedSalt: null, sealedHash: hex(erased.sealedHash) }
      : entry,
  ),
}

describe('golden vector', () => {
  test('what another implementation compressed is read', () => {
    expect(decodeBatch(hex(vectors.payload), decompress)).toEqual({ ok: true, batch: golden })
  })

  test('the content is the same to the byte', () => {
    const content = decompress(encodeBatch(golden, compress).subarray(1))
    expect(toHex(content)).toBe(vectors.content)
  })
})

describe('golden vector with an erased sealed part', () => {
  test('what another implementation compressed is read', () => {
    const decoded = decodeBatch(hex(erased.payload), decompress)
    expect(decoded).toEqual({ ok: true, batch: goldenErased })
  })

  test('the content is the same to the byte, and so are the leaves', () => {
    const content = decompress(encodeBatch(goldenErased, compress).subarray(1))
    expect(toHex(content)).toBe(erased.content)
    expect(goldenErased.entries.map(entry => toHex(commit(entry)))).toEqual(
      golden.entries.map(entry => toHex(commit(entry))),
    )
  })
})

test('batches survive the round trip', () => {
  const batch = fc.record({
    firstIndex: fc.nat({ max: 2 ** 40 }),
    entries: fc.array(anySentParts, { maxLength: 30 }),
    head: fc.string({ unit: 'grapheme', maxLength: 200 }),
  })
  fc.assert(
    fc.property(batch, value => {
      expect(decodeBatch(encodeBatch(value, compress), decompress)).toEqual({
        ok: true,
        batch: value,
      })
    }),
  )
})

test('no payload does anything but decode or be refused', () => {
  fc.assert(
    fc.property(bytes({ maxLength: 200 }), tail => {
      const decoded = decodeBatch(concat(Uint8Array.of(1), tail), decompress)
      expect(decoded.ok).toBe(false)
      const plain = decodeBatch(concat(Uint8Array.of(1), tail), content => content)
      expect(plain.ok).toBe(false)
    }),
  )
})

test('a damaged content is refused or is another batch, never half a one', () => {
  const content = hex(vectors.content)
  fc.assert(
    fc.property(fc.nat({ max: content.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
      const damaged = Uint8Array.from(content)
      damaged[at] = byte
      const decoded = decodeBatch(concat(Uint8Array.of(1), damaged), raw => raw)
      if (!decoded.ok) return
      const again = encodeBatch(decoded.batch, raw => raw)
      expect(again.subarray(1)).toEqual(damaged)
    }),
    { numRuns: 500 },
  )
})

describe('refused', () => {
  const entry = [Uint8Array.of(1), new Uint8Array(16), null, null]
  const withContent = (changes: [number, CborValue][]) => {
    const map = new Map<CborValue, CborValue>([
      [1, 1],
      [2, 0],
      [3, [entry]],
      [4, 'head'],
    ])
    for (const [key, value] of changes) map.set(key, value)
    return concat(Uint8Array.of(1), encodeCbor(map))
  }
  const asIs = (content: Uint8Array) => content

  test('the untouched one is not', () => {
    expect(decodeBatch(withContent([]), asIs).ok).toBe(true)
  })

  test.each<[string, [number, CborValue][]]>([
    ['another version', [[1, 2]]],
    ['a negative index', [[2, -1]]],
    ['an index that is text', [[2, '0']]],
    ['an index too near the end', [[2, Number.MAX_SAFE_INTEGER]]],
    ['entries that are no list', [[3, 0]]],
    ['an entry of three', [[3, [entry.slice(0, 3)]]]],
    ['no hash for an erased part', [[3, [[...entry.slice(0, 2), new Uint8Array(31)]]]]],
    ['the hash of a part that never was', [[3, [[...entry.slice(0, 2), new Uint8Array(32)]]]]],
    ['an erased part with more', [[3, [[...entry.slice(0, 2), new Uint8Array(32).fill(1), null]]]]],
    ['an empty open part', [[3, [[new Uint8Array(), new Uint8Array(16), null, null]]]]],
    ['a huge open part', [[3, [[new Uint8Array(8193), new Uint8Array(16), null, null]]]]],
    ['a short salt', [[3, [[Uint8Array.of(1), new Uint8Array(15), null, null]]]]],
    [
      'a sealed part without salt',
      [[3, [[Uint8Array.of(1), new Uint8Array(16), Uint8Array.of(1), null]]]],
    ],
    [
      'a salt without sealed part',
      [[3, [[Uint8Array.of(1), new Uint8Array(16), null, new Uint8Array(16)]]]],
    ],
    ['a head that is bytes', [[4, Uint8Array.of(1)]]],
    ['a huge head', [[4, 'x'.repeat(8193)]]],
    ['a field more', [[5, 1]]],
  ])('%s', (_, changes) => {
    expect(decodeBatch(withContent(changes), asIs)).toEqual({ ok: false, refused: 'malformed' })
  })

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'unknown-format'],
    ['an unknown format', Uint8Array.of(2, 0), 'unknown-format'],
    ['what is not compressed', Uint8Array.of(1, 2, 3), 'not-decompressible'],
    ['a payload too long', new Uint8Array(MAX_BATCH_BYTES + 1).fill(1), 'too-large'],
    ['compressed rubbish', concat(Uint8Array.of(1), compress(Uint8Array.of(0xff))), 'malformed'],
  ])('%s', (_, payload, refused) => {
    expect(decodeBatch(payload, decompress)).toEqual({ ok: false, refused })
  })

  test('a small payload that would grow beyond the limit', () => {
    const bomb = compress(new Uint8Array(MAX_BATCH_CONTENT_BYTES + 1))
    expect(bomb.length).toBeLessThan(1000)
    expect(decodeBatch(concat(Uint8Array.of(1), bomb), decompress)).toEqual({
      ok: false,
      refused: 'not-decompressible',
    })
  })
})

test('too much for one message is not encoded', () => {
  const random = { ...golden, entries: Array(2000).fill(golden.entries[0]) }
  expect(() => encodeBatch(random, content => content)).toThrowError(
    expect.objectContaining({ code: 'batch.too-large' }),
  )
})
