/** RFC 4648's own vectors, and every second spelling of a value refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes } from '../testing/bytes.ts'
import { fromBase64, fromBase64Url, toBase64, toBase64Url } from './base64.ts'
import { utf8 } from './bytes.ts'

describe('base64', () => {
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('RFC 4648 §10: %j is %j', (text, base64) => {
    expect(toBase64(utf8(text))).toBe(base64)
    expect(fromBase64(base64)).toEqual(utf8(text))
  })

  test('bytes survive the round trip', () => {
    fc.assert(
      fc.property(bytes(), value => {
        expect(fromBase64(toBase64(value))).toEqual(value)
      }),
    )
  })

  test('long values are written in one piece', () => {
    const value = new Uint8Array(100_000).fill(0xfe)
    expect(fromBase64(toBase64(value))).toEqual(value)
  })

  test.each([
    ['no padding', 'Zg'],
    ['too much padding', 'Zg==='],
    ['padding alone', '===='],
    ['stray bits in the last digit', 'Zh=='],
    ['stray bits in the last digit of two', 'Zm9='],
    ['white space', 'Zm9v\n'],
    ['white space inside', 'Zm 9v'],
    ['the other alphabet', '-_8='],
    ['rubbish', 'Zm9v!!!!'],
    ['something after the padding', 'Zg==Zg=='],
  ])('%s is refused', (_, text) => {
    expect(fromBase64(text)).toBeUndefined()
  })
})

describe('base64url', () => {
  test('uses the URL alphabet without padding', () => {
    expect(toBase64Url(Uint8Array.of(0xfb, 0xff))).toBe('-_8')
  })

  test('bytes survive the round trip', () => {
    fc.assert(
      fc.property(bytes(), value => {
        expect(fromBase64Url(toBase64Url(value))).toEqual(value)
      }),
    )
  })

  test.each(['-_8=', '+/8', 'A', '-_9', ' -_8'])('%j is refused', text => {
    expect(fromBase64Url(text)).toBeUndefined()
  })
})
