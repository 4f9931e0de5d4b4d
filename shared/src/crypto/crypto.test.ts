/** Keys that verifiers disagree about are no keys here. */
import { ed25519 as curve } from '@noble/curves/ed25519.js'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { hex } from '../testing/bytes.ts'
import { ed25519, isAcceptableKey, randomBytes } from './crypto.ts'
import { isUnambiguous } from './key-encoding.ts'

const { Point } = curve
/** A generator of the eight points whose order divides 8. */
const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')

test('a fresh pair signs, and only for its own message and key', () => {
  const pair = ed25519.generate()
  const other = ed25519.generate()
  const message = utf8('350')
  const signature = ed25519.sign(pair.privateKey, message)
  expect(ed25519.publicKeyOf(pair.privateKey)).toEqual(pair.publicKey)
  expect(ed25519.verify(pair.publicKey, message, signature)).toBe(true)
  expect(ed25519.verify(other.publicKey, message, signature)).toBe(false)
  expect(ed25519.verify(pair.publicKey, utf8('351'), signature)).toBe(false)
})

test('wrong lengths are no signature, and no private key', () => {
  const { publicKey, privateKey } = ed25519.generate()
  const signature = ed25519.sign(privateKey, utf8(''))
  expect(ed25519.verify(publicKey, utf8(''), signature.subarray(0, 63))).toBe(false)
  expect(ed25519.verify(publicKey.subarray(0, 31), utf8(''), signature)).toBe(false)
  expect(() => ed25519.sign(new Uint8Array(64), utf8(''))).toThrowError(
    expect.objectContaining({ code: 'crypto.key-length' }),
  )
})

describe('acceptable keys', () => {
  test('an honest one is', () => {
    expect(isAcceptableKey(ed25519.generate().publicKey)).toBe(true)
  })

  test('the eight points of small order are not, nor does anything verify under them', () => {
    for (let n = 1n; n <= 8n; n++) {
      const key = (n === 8n ? Point.ZERO : torsion.multiply(n)).toBytes()
      expect(isUnambiguous(key)).toBe(false)
      expect(isAcceptableKey(key)).toBe(false)
      expect(ed25519.verify(key, utf8('any'), new Uint8Array(64))).toBe(false)
    }
  })

  test('a mixed-order point is not', () => {
    expect(isAcceptableKey(Point.BASE.multiply(5n).add(torsion).toBytes())).toBe(false)
  })

  test.each([
    ['y = p', `ed${'ff'.repeat(30)}7f`],
    ['y = p + 1', `ee${'ff'.repeat(30)}7f`],
    ['y = 2^255 - 1 with the sign', 'ff'.repeat(32)],
    ['one with the sign bit', `01${'00'.repeat(30)}80`],
    ['a y that no point has', `02${'00'.repeat(31)}`],
    ['31 bytes', '11'.repeat(31)],
    ['nothing', ''],
  ])('%s is not', (_, text) => {
    expect(isAcceptableKey(hex(text))).toBe(false)
  })
})

test('randomness does not repeat', () => {
  expect(randomBytes(16)).toHaveLength(16)
  expect(randomBytes(16)).not.toEqual(randomBytes(16))
})
