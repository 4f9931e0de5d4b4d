/** Length-prefixed entries, up to the last byte that a length can say. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../bytes/hex.ts'
import { bytes, hex } from '../testing/bytes.ts'
import { decodeEntryBundle, encodeEntryBundle, MAX_ENTRY_BYTES } from './entry-bundle.ts'

test('entries survive the round trip', () => {
  fc.assert(
    fc.property(fc.array(bytes({ maxLength: 300 }), { maxLength: 20 }), entries => {
      expect(decodeEntryBundle(encodeEntryBundle(entries))).toEqual(entries)
    }),
  )
})

test('lengths are big-endian', () => {
  expect(toHex(encodeEntryBundle([hex('aabb'), hex('')]))).toBe('0002aabb0000')
})

test('an entry of 65,535 bytes fits, a longer one does not', () => {
  const longest = new Uint8Array(MAX_ENTRY_BYTES).fill(7)
  expect(decodeEntryBundle(encodeEntryBundle([longest]))).toEqual([longest])
  expect(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_BYTES + 1)])).toThrowError(
    expect.objectContaining({ code: 'merkle.entry-too-large' }),
  )
})

test.each(['00', '0001', '000100aa', '0002aa'])('%s does not add up', text => {
  expect(decodeEntryBundle(hex(text))).toBeUndefined()
})
