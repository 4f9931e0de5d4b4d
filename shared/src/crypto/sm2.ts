/**
 * SM2 signatures with SM3 (GB/T 32918.2-2016 on the curve of GB/T 32918.5-2017) with the customary
 * user id (GM/T 0009-2012, section 10). Keys are points as SEC 1 writes them in full:
 *
 *     public key   0x04 || x (32) || y (32)        signature   r (32) || s (32)
 *
 * The library's verification takes numbers beyond the range of the standard, so they are refused
 * here. Nonces come from the key and the message: the same text is signed with the same bytes.
 */
import * as library from 'sm-crypto-v2'
import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { fromHex, toHex } from '../bytes/hex.ts'
import { TillproofError } from '../errors.ts'
import { sha256 } from './crypto.ts'

export const SM2_PUBLIC_KEY_BYTES = 65
const NUMBER_BYTES = 32
const SIGNATURE_BYTES = 2 * NUMBER_BYTES
/** The order of the curve's base point. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const USER_ID = '1234567812345678'
const NONCE_DOMAIN = utf8('tillproof/sm2-nonce/v1\0')

export const sm2 = {
  /** @param privateKey 32 bytes, big-endian, from 1 to the order less 2 */
  publicKeyOf(privateKey: Uint8Array): Uint8Array {
    return publicKeyOf(checkedPrivateKey(privateKey))
  },

  /** @returns r and s, 64 bytes */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    const key = checkedPrivateKey(privateKey)
    const publicKey = toHex(publicKeyOf(key))
    const hashed = bytesOf(library.sm2.getHash(toHex(message), publicKey, USER_ID))
    return signWith(key, hashed, nonceOf(key, hashed))
  },

  /** Never throws: what is no key or no signature verifies nothing. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const [r, s] = [numberAt(signature, 0), numberAt(signature, NUMBER_BYTES)]
    if (signature.length !== SIGNATURE_BYTES || !isInRange(r) || !isInRange(s)) return false
    if (!isSm2Key(publicKey)) return false
    try {
      const options = { hash: true, userId: USER_ID }
      return library.sm2.doVerifySignature(message, toHex(signature), toHex(publicKey), options)
    } catch {
      return false
    }
  },
}

/** Whether the bytes are a point of the curve in its full spelling. */
export function isSm2Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== SM2_PUBLIC_KEY_BYTES || publicKey[0] !== 0x04) return false
  try {
    return library.sm2.verifyPublicKey(toHex(publicKey))
  } catch {
    return false
  }
}

/** GB/T 32918.2, section 6.1, from the hashed message on. @param nonce k of the standard */
export function signWith(
  privateKey: Uint8Array,
  hashed: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  const x1 = numberAt(publicKeyOf(nonce), 1)
  const pointPool = [{ k: numberAt(nonce, 0), x1 }]
  return bytesOf(library.sm2.doSignature(hashed, toHex(privateKey), { pointPool }))
}

/** Twice the bytes of a number leave no bias that could be noticed when they are reduced. */
function nonceOf(privateKey: Uint8Array, hashed: Uint8Array): Uint8Array {
  const half = (which: number) => sha256(NONCE_DOMAIN, Uint8Array.of(which), privateKey, hashed)
  const wide = BigInt(`0x${toHex(concat(half(0), half(1)))}`)
  const nonce = (wide % (ORDER - 1n)) + 1n
  return bytesOf(nonce.toString(16).padStart(2 * NUMBER_BYTES, '0'))
}

function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return bytesOf(library.sm2.getPublicKeyFromPrivateKey(toHex(privateKey)))
}

function numberAt(bytes: Uint8Array, at: number): bigint {
  const digits = toHex(bytes.subarray(at, at + NUMBER_BYTES))
  return digits === '' ? 0n : BigInt(`0x${digits}`)
}

function isInRange(number: bigint): boolean {
  return number > 0n && number < ORDER
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}

function checkedPrivateKey(privateKey: Uint8Array): Uint8Array {
  const number = numberAt(privateKey, 0)
  const isWhole = privateKey.length === NUMBER_BYTES && !equal(privateKey, new Uint8Array(32))
  if (isWhole && number < ORDER - 1n) return privateKey
  throw new TillproofError(
    'crypto.key-length',
    'An SM2 private key is a number of 32 bytes from 1 to the order of the curve less 2.',
    'Draw 32 random bytes.',
  )
}
