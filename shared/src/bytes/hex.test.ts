/** One spelling a value, both ways. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from '../testing/bytes.ts'
import { fromHex, toHex } from './hex.ts'

test('bytes survive the round trip', () => {
  fc.assert(
    fc.property(bytes(), value => {
      expect(fromHex(toHex(value))).toEqual(value)
    }),
  )
})

test('what is written is lower case, two digits a byte', () => {
  expect(toHex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff')
})

test.each(['0', 'AB', '0x00', ' 00', '00\n', 'zz'])('%j is refused', text => {
  expect(fromHex(text)).toBeUndefined()
})
