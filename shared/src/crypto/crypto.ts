/**
 * SHA-256, Ed25519 and randomness for the whole house, one synchronous interface for Node and the
 * browser. Keys that Ed25519 implementations disagree about verify nothing here.
 */

import { backend } from '#crypto'
import { toHex } from '../bytes/hex.ts'
import { TillproofError } from '../errors.ts'
import { isUnambiguous } from './key-encoding.ts'
import { isInPrimeOrderGroup } from './key-group.ts'

/** Both 32 bytes; the private key is the RFC 8032 seed. */
export type KeyPair = { publicKey: Uint8Array; privateKey: Uint8Array }

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/** SHA-256 over the parts one after another; 32 bytes. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  return backend.sha256(...parts)
}

/** For those who hash by the hundred thousand and keep none of it: no array a digest. */
export function sha256Into(target: Uint8Array, at: number, ...parts: Uint8Array[]): void {
  backend.sha256Into(target, at, ...parts)
}

export function randomBytes(length: number): Uint8Array {
  return backend.randomBytes(length)
}

export const ed25519 = {
  generate(): KeyPair {
    const privateKey = backend.randomBytes(KEY_BYTES)
    return { privateKey, publicKey: backend.publicKeyOf(privateKey) }
  },

  publicKeyOf(privateKey: Uint8Array): Uint8Array {
    return backend.publicKeyOf(checkedPrivateKey(privateKey))
  },

  /** @returns the 64-byte signature. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return backend.sign(checkedPrivateKey(privateKey), message)
  },

  /** Never throws: wrong lengths and ambiguous keys are simply not a valid signature. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES || !isUnambiguous(publicKey)) return false
    return backend.verify(publicKey, message, signature)
  },

  /** The same, leaving this thread free meanwhile where there is another. */
  async verifyAside(
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    if (signature.length !== SIGNATURE_BYTES || !isUnambiguous(publicKey)) return false
    return backend.verifyAside(publicKey, message, signature)
  },
}

/**
 * To be asked once about every key before it is trusted: a canonical encoding of a point of the
 * prime-order group. Small-order and mixed-order points pass with some verifiers and not others.
 */
export function isAcceptableKey(publicKey: Uint8Array): boolean {
  if (!isUnambiguous(publicKey)) return false
  const name = toHex(publicKey)
  const acceptable = asked.get(name) ?? isInPrimeOrderGroup(publicKey)
  if (asked.size >= MAX_ASKED) asked.clear()
  asked.set(name, acceptable)
  return acceptable
}

/** The answer takes a millisecond and never changes; the same few keys are asked about for ever. */
const asked = new Map<string, boolean>()
const MAX_ASKED = 1024

function checkedPrivateKey(privateKey: Uint8Array): Uint8Array {
  if (privateKey.length === KEY_BYTES) return privateKey
  throw new TillproofError(
    'crypto.key-length',
    `An Ed25519 private key is 32 bytes, not ${privateKey.length}.`,
    'Give the 32-byte seed, not the 64-byte expanded key.',
  )
}
