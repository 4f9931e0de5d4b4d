/** Joining, comparing, strict UTF-8. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from '../testing/bytes.ts'
import { compare, concat, equal, fromUtf8, utf8 } from './bytes.ts'

test('parts are joined in their order', () => {
  expect(concat(Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3))).toEqual(
    Uint8Array.of(1, 2, 3),
  )
  expect(concat()).toEqual(new Uint8Array())
})

test('equal is equality of bytes, whatever class holds them', () => {
  expect(equal(Uint8Array.of(1, 2), Buffer.from([1, 2]))).toBe(true)
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equal(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
})

test('compare orders as Buffer.compare does', () => {
  fc.assert(
    fc.property(bytes({ maxLength: 4 }), bytes({ maxLength: 4 }), (a, b) => {
      expect(Math.sign(compare(a, b))).toBe(Buffer.compare(a, b))
    }),
  )
})

test('text survives the round trip, a byte order mark included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(fromUtf8(utf8(text))).toBe(text)
    }),
  )
  expect(fromUtf8(utf8('\ufeffx'))).toBe('\ufeffx')
})

test.each(['ff', 'c0af', 'e282', 'eda080'])('%s is not UTF-8', hex => {
  expect(fromUtf8(Buffer.from(hex, 'hex'))).toBeUndefined()
})

test('half of a surrogate pair is not text', () => {
  expect(() => utf8('a\ud83d')).toThrowError(
    expect.objectContaining({ code: 'bytes.text-malformed' }),
  )
})
