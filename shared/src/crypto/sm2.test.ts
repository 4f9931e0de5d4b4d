/**
 * SM2 by the worked example of GB/T 32918.5-2017, annex A.2 (message "message digest", user id
 * 1234567812345678): key, hash, nonce and signature are the standard's; then what must not verify.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, utf8 } from '../bytes/bytes.ts'
import { hex } from '../testing/bytes.ts'
import { isSm2Key, signWith, sm2 } from './sm2.ts'

const message = utf8('message digest')
const privateKey = hex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8')
const publicKey = hex(
  '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
)
const hashed = hex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640')
const nonce = hex('59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21')
const signature = hex(
  'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
    'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
)
const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n

describe('the example of the standard', () => {
  test('its key, its signature', () => {
    expect(sm2.publicKeyOf(privateKey)).toEqual(publicKey)
    expect(isSm2Key(publicKey)).toBe(true)
    expect(sm2.verify(publicKey, message, signature)).toBe(true)
    expect(signWith(privateKey, hashed, nonce)).toEqual(signature)
  })

  test('with any bit of signature, message or key changed is nothing', () => {
    for (const [at] of signature.entries()) {
      expect(sm2.verify(publicKey, message, flipped(signature, at))).toBe(false)
    }
    for (const [at] of message.entries()) {
      expect(sm2.verify(publicKey, flipped(message, at), signature)).toBe(false)
    }
    for (const [at] of publicKey.entries()) {
      expect(sm2.verify(flipped(publicKey, at), message, signature)).toBe(false)
    }
  })

  test('has one spelling: numbers beyond the order, or zero, are refused', () => {
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
    const zero = new Uint8Array(32)
    const [least, most] = [bytesOf(order), new Uint8Array(32).fill(0xff)]
    const forgeries = [concat(r, zero), concat(zero, s), concat(r, least), concat(most, s)]
    for (const forged of forgeries) {
      expect(sm2.verify(publicKey, message, forged)).toBe(false)
    }
    for (const length of [0, 32, 63, 65]) {
      expect(sm2.verify(publicKey, message, new Uint8Array(length).fill(1))).toBe(false)
    }
  })
})

test('what is signed verifies, with the same bytes each time', () => {
  const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter(key => key[0] !== 0xff)
  fc.assert(
    fc.property(keys, fc.uint8Array(), (key, text) => {
      if (key.every(byte => byte === 0)) return
      const signed = sm2.sign(key, text)
      expect(signed).toHaveLength(64)
      expect(sm2.sign(key, text)).toEqual(signed)
      expect(sm2.verify(sm2.publicKeyOf(key), text, signed)).toBe(true)
    }),
    { numRuns: 10 },
  )
})

test.each([
  ['nothing', new Uint8Array()],
  ['zero', new Uint8Array(32)],
  ['the order less one', bytesOf(order - 1n)],
  ['33 bytes', new Uint8Array(33).fill(1)],
])('%s is no private key', (_, key) => {
  expect(() => sm2.sign(key, message)).toThrow('SM2 private key')
})

test.each([
  ['a compressed point', publicKey.subarray(0, 33).with(0, 3)],
  ['a point beside the curve', publicKey.with(64, 0x14)],
  ['half a point', publicKey.subarray(0, 64)],
])('%s is no public key', (_, key) => {
  expect(isSm2Key(key)).toBe(false)
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1)
}

function bytesOf(number: bigint): Uint8Array {
  return hex(number.toString(16).padStart(64, '0'))
}
