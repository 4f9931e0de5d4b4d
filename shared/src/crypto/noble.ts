/**
 * The crypto backend for browsers: @noble, pure JavaScript, synchronous.
 * Verification is written out here because the library's is cofactored and OpenSSL's is not:
 * a proof must not hold in the dashboard and fail on the command line.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { concat, equal } from '../bytes/bytes.ts'
import type { CryptoBackend } from './backend.ts'

const { Point } = ed25519
const ORDER = Point.Fn.ORDER

export const backend: CryptoBackend = {
  sha256(...parts) {
    const [only] = parts
    return sha256(parts.length === 1 && only ? only : concat(...parts))
  },
  sha256Into(target, at, ...parts) {
    target.set(sha256(concat(...parts)), at)
  },
  publicKeyOf(privateKey) {
    return ed25519.getPublicKey(privateKey)
  },
  sign(privateKey, message) {
    return ed25519.sign(message, privateKey)
  },
  verify(publicKey, message, signature) {
    const s = littleEndian(signature.subarray(32))
    const a = readPoint(publicKey)
    if (s >= ORDER || !a) return false
    const r = signature.subarray(0, 32)
    const k = littleEndian(sha512(concat(r, publicKey, message))) % ORDER
    const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
    return equal(expected.toBytes(), r)
  },
  async verifyAside(publicKey, message, signature) {
    return backend.verify(publicKey, message, signature)
  },
  randomBytes(length) {
    return randomBytes(length)
  },
}

function readPoint(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(bytes, false)
  } catch {
    return undefined
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}
