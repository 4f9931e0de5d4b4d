/**
 * Which 32-byte strings are Ed25519 public keys that everybody reads alike, by bytes alone.
 * Refused: y at or above p = 2^255 - 19 (non-canonical, RFC 8032 §5.1.3), and the five y
 * coordinates of the eight points whose order divides 8, with either sign bit; the test derives
 * them.
 */
import { equal } from '../bytes/bytes.ts'
import { fromHex } from '../bytes/hex.ts'

const SMALL_ORDER_Y = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(hex => fromHex(hex) ?? new Uint8Array())

export function isUnambiguous(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  const y = withoutSign(publicKey)
  return !isAtLeastP(y) && !SMALL_ORDER_Y.some(small => equal(small, y))
}

function withoutSign(publicKey: Uint8Array): Uint8Array {
  const y = Uint8Array.from(publicKey)
  y[31] = (y[31] ?? 0) & 0x7f
  return y
}

/** p is 0xed, then thirty 0xff, then 0x7f, least significant byte first. */
function isAtLeastP(y: Uint8Array): boolean {
  return y[31] === 0x7f && (y[0] ?? 0) >= 0xed && y.subarray(1, 31).every(byte => byte === 0xff)
}
