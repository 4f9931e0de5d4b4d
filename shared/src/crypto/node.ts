/** The crypto backend for Node: node:crypto, with SHA-256 in one call and no hash object. */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, hash, randomBytes, sign, verify } from 'node:crypto'
import { concat } from '../bytes/bytes.ts'
import { fromHex } from '../bytes/hex.ts'
import type { CryptoBackend } from './backend.ts'

/** DER headers of RFC 8410 before a raw Ed25519 seed and a raw public key. */
const PKCS8_HEADER = fromHex('302e020100300506032b657004220420') ?? new Uint8Array()
const SPKI_HEADER = fromHex('302a300506032b6570032100') ?? new Uint8Array()
const HASH_BYTES = 32

export const backend: CryptoBackend = {
  sha256(...parts) {
    const digest = new Uint8Array(HASH_BYTES)
    write(hashOf(parts), digest, 0)
    return digest
  },
  sha256Into(target, at, ...parts) {
    write(hashOf(parts), target, at)
  },
  publicKeyOf(privateKey) {
    const spki = createPublicKey(privateKeyObject(privateKey)).export({
      type: 'spki',
      format: 'der',
    })
    return plain(spki.subarray(SPKI_HEADER.length))
  },
  sign(privateKey, message) {
    return plain(sign(null, message, privateKeyObject(privateKey)))
  },
  verify(publicKey, message, signature) {
    return verify(null, message, publicKeyObject(publicKey), signature)
  },
  verifyAside(publicKey, message, signature) {
    const key = publicKeyObject(publicKey)
    return new Promise((resolve, reject) => {
      verify(null, message, key, signature, (error, verified) =>
        error ? reject(error) : resolve(verified),
      )
    })
  },
  randomBytes(length) {
    return plain(randomBytes(length))
  },
}

/**
 * Evidence is millions of hashes of a hundred bytes each, where memory costs more than SHA-256: a
 * digest taken as a Buffer lies outside JavaScript's heap, and so does each joined input. As a
 * string of one character a byte, from an input that is used again, a hash takes an eighth.
 */
const MAX_REUSED = 512
const reused: Uint8Array[] = []

/** The parts one after another, for the next hash only: the one after it writes over the array. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  if (length > MAX_REUSED) return concat(...parts)
  const input = reused[length] ?? new Uint8Array(length)
  reused[length] = input
  let at = 0
  for (const part of parts) {
    input.set(part, at)
    at += part.length
  }
  return input
}

/** A digest whose characters are its bytes. */
function hashOf(parts: readonly Uint8Array[]): string {
  const [only] = parts
  return hash('sha256', parts.length === 1 && only ? only : joined(parts), 'binary')
}

function write(digest: string, target: Uint8Array, at: number): void {
  for (let i = 0; i < HASH_BYTES; i++) target[at + i] = digest.charCodeAt(i)
}

/**
 * Making a key object costs as much as signing with it, and whoever signs or is verified does so
 * again: the last used are kept, by what they were made from.
 */
const MAX_KEPT_KEYS = 4096
const privateKeys = new Map<string, KeyObject>()
const publicKeys = new Map<string, KeyObject>()

function privateKeyObject(seed: Uint8Array): KeyObject {
  return kept(privateKeys, seed, () => {
    const key = Buffer.from(concat(PKCS8_HEADER, seed))
    return createPrivateKey({ key, type: 'pkcs8', format: 'der' })
  })
}

function publicKeyObject(bytes: Uint8Array): KeyObject {
  return kept(publicKeys, bytes, () => {
    const key = Buffer.from(concat(SPKI_HEADER, bytes))
    return createPublicKey({ key, type: 'spki', format: 'der' })
  })
}

/** The least recently used one makes room. */
function kept(keys: Map<string, KeyObject>, bytes: Uint8Array, make: () => KeyObject): KeyObject {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const known = keys.get(name)
  const key = known ?? make()
  const [oldest] = keys.keys()
  if (known) keys.delete(name)
  else if (keys.size >= MAX_KEPT_KEYS && oldest !== undefined) keys.delete(oldest)
  keys.set(name, key)
  return key
}

/** A Buffer compares, prints and encodes differently from the Uint8Array that callers expect. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
