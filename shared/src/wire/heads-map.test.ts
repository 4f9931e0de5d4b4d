/** The map of newest heads, against bytes that Python's hashlib made from docs/wire/log.md. */
import { expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { decodeHeadsMap, encodeHeadsMap, headsMapOf, originOfHead } from './heads-map.ts'

const hash = (byte: number) => new Uint8Array(32).fill(byte)
const heads = [
  { origin: 'demo.tillproof.local/d/d0000000000cb/1', leafIndex: 5, leafHash: hash(0x33) },
  { origin: 'demo.tillproof.local/d/d0000000000ca/2', leafIndex: 300, leafHash: hash(0x22) },
  { origin: 'demo.tillproof.local/d/d0000000000ca/1', leafIndex: 7, leafHash: hash(0x11) },
]
const BODY =
  '000000000000012d0000000000000003' +
  '5e8a2491665b535accdd0bde21a45fd734f638a58a28571c272cb2400881be99'

test('the body of a leaf, whatever order the heads come in', () => {
  expect(toHex(encodeHeadsMap(headsMapOf(heads, 301)))).toBe(BODY)
  expect(toHex(encodeHeadsMap(headsMapOf(heads.toReversed(), 301)))).toBe(BODY)
})

test('a body is read again; what is none is not', () => {
  const map = headsMapOf(heads, 301)
  const body = encodeHeadsMap(map)
  expect(decodeHeadsMap(body)).toEqual(map)
  expect(decodeHeadsMap(body.subarray(1))).toBeUndefined()
  expect(decodeHeadsMap(new Uint8Array(48).fill(255))).toBeUndefined()
})

test('each head, its place and its hash count', () => {
  const [first = expect.fail(), ...rest] = heads
  const roots = [
    heads,
    rest,
    [{ ...first, leafIndex: 6 }, ...rest],
    [{ ...first, leafHash: hash(0x34) }, ...rest],
    [{ ...first, origin: first.origin.replace('cb', 'cc') }, ...rest],
  ].map(each => toHex(headsMapOf(each, 301).root))
  expect(new Set(roots).size).toBe(5)
})

test('what is no head names no origin', () => {
  expect(originOfHead(utf8('hello'))).toBeUndefined()
  expect(originOfHead(Uint8Array.of(255))).toBeUndefined()
})
