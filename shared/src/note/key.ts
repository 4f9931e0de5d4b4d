/**
 * Keys of signed notes: how they are written (vkey), how they sign, how they verify.
 *
 *   vkey    <name>+<key id, 8 hex digits>+<base64 of type byte || 32-byte public key>
 *   key id  first 4 bytes of SHA-256(name || 0x0A || type byte || public key)
 *
 * Types: 0x01 Ed25519 over the note text (C2SP signed-note v1.0.0); 0x04 Ed25519 cosignature/v1
 * with an 8-byte timestamp before the signature (C2SP tlog-cosignature v1.0.1).
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { ed25519, isAcceptableKey, sha256 } from '../crypto/crypto.ts'
import { TillproofError } from '../errors.ts'

export const KEY_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const
export type KeyType = keyof typeof KEY_TYPES

export type NoteKey = {
  name: string
  /** 8 lower-case hex digits. */
  keyId: string
  type: KeyType
  publicKey: Uint8Array
}
/** `sign` returns what follows the key id in the signature line. */
export type Signer = { name: string; keyId: string; sign(text: string): Uint8Array }
export type Cosigner = {
  name: string
  keyId: string
  /** A signer of cosignature/v1 that states `timestampS`, Unix time in seconds. */
  at(timestampS: number): Signer
}
export type Verifier = NoteKey & { verify(text: string, signature: Uint8Array): boolean }

const VKEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/
const PUBLIC_KEY_BYTES = 32
const TIMESTAMP_BYTES = 8
const NOT_IN_NAMES = /[\p{White_Space}\p{Z}\p{Cc}+]/u
const MAX_NAME_LENGTH = 256

/** Not empty, well-formed Unicode without spaces, plus signs and control characters. */
export function isKeyName(name: string): boolean {
  const fits = name.length > 0 && name.length <= MAX_NAME_LENGTH
  return fits && name.isWellFormed() && !NOT_IN_NAMES.test(name)
}

/** @throws TillproofError `note.key-invalid` on a name no note may carry. */
export function vkey(name: string, type: KeyType, publicKey: Uint8Array): string {
  const typed = concat(Uint8Array.of(KEY_TYPES[type]), publicKey)
  return `${checkedName(name)}+${keyIdOf(name, type, publicKey)}+${toBase64(typed)}`
}

/** @returns undefined unless it is one of our key types, its id is right and its key acceptable. */
export function parseVkey(text: string): Verifier | undefined {
  const [, name = '', keyId = '', base64 = ''] = VKEY.exec(text) ?? []
  const typed = fromBase64(base64)
  const type = typeNamed(typed?.[0])
  if (!isKeyName(name) || !type || typed?.length !== 1 + PUBLIC_KEY_BYTES) return undefined
  const publicKey = typed.slice(1)
  if (keyIdOf(name, type, publicKey) !== keyId || !isAcceptableKey(publicKey)) return undefined
  return verifierOf({ name, keyId, type, publicKey })
}

/** A verifier for a key that is known by other means than a vkey. */
export function ed25519Verifier(name: string, publicKey: Uint8Array): Verifier {
  const keyId = keyIdOf(name, 'ed25519', publicKey)
  return verifierOf({ name, keyId, type: 'ed25519', publicKey })
}

export function ed25519Signer(name: string, privateKey: Uint8Array): Signer {
  const keyId = keyIdOf(checkedName(name), 'ed25519', ed25519.publicKeyOf(privateKey))
  return { name, keyId, sign: text => ed25519.sign(privateKey, utf8(text)) }
}

export function cosigner(name: string, privateKey: Uint8Array): Cosigner {
  const keyId = keyIdOf(checkedName(name), 'cosignature', ed25519.publicKeyOf(privateKey))
  const signAt = (timestampS: number) => (text: string) =>
    concat(timestampBytes(timestampS), ed25519.sign(privateKey, cosigned(text, timestampS)))
  return { name, keyId, at: timestampS => ({ name, keyId, sign: signAt(timestampS) }) }
}

/** Unix time in seconds that a cosignature/v1 states; undefined when it is none. */
export function cosignatureTimeS(signature: Uint8Array): number | undefined {
  if (signature.length < TIMESTAMP_BYTES) return undefined
  const view = new DataView(signature.buffer, signature.byteOffset, TIMESTAMP_BYTES)
  const timeS = Number(view.getBigUint64(0))
  return Number.isSafeInteger(timeS) ? timeS : undefined
}

function verifierOf(key: NoteKey): Verifier {
  const verify = key.type === 'ed25519' ? verifyPlain : verifyCosignature
  return { ...key, verify: (text, signature) => verify(key.publicKey, text, signature) }
}

function verifyPlain(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  return ed25519.verify(publicKey, utf8(text), signature)
}

function verifyCosignature(publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
  const timestampS = cosignatureTimeS(signature)
  if (timestampS === undefined) return false
  return ed25519.verify(publicKey, cosigned(text, timestampS), signature.subarray(TIMESTAMP_BYTES))
}

function cosigned(text: string, timestampS: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timestampS}\n${text}`)
}

function timestampBytes(timestampS: number): Uint8Array {
  const bytes = new Uint8Array(TIMESTAMP_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timestampS))
  return bytes
}

function keyIdOf(name: string, type: KeyType, publicKey: Uint8Array): string {
  const hash = sha256(utf8(`${name}\n`), Uint8Array.of(KEY_TYPES[type]), publicKey)
  return toHex(hash.subarray(0, 4))
}

function typeNamed(byte: number | undefined): KeyType | undefined {
  if (byte === KEY_TYPES.ed25519) return 'ed25519'
  return byte === KEY_TYPES.cosignature ? 'cosignature' : undefined
}

function checkedName(name: string): string {
  if (isKeyName(name)) return name
  throw new TillproofError(
    'note.key-invalid',
    `"${name}" cannot be the name of a note key.`,
    'Use a name without spaces, plus signs or control characters.',
  )
}
