/**
 * Keys of signed notes: how they are written (vkey), how they sign, how they verify.
 *
 *   vkey    <name>+<key id, 8 hex digits>+<base64 of type byte || 32-byte public key>
 *   key id  first 4 bytes of SHA-256(name || 0x0A || type byte || public key)
 *
 * Types: 0x01 Ed25519 over the note text (C2SP signed-note v1.0.0); 0x04 Ed25519 cosignature/v1
 * with an 8-byte timestamp before the signature (C2SP tlog-cosignature v1.0.1); 0xff and the text
 * "tillproof/sm2-sm3/v1" LF: SM2 with SM3 over the note text, for those who have to ask for it.
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { ed25519, isAcceptableKey, sha256 } from '../crypto/crypto.ts'
import { isSm2Key, sm2 } from '../crypto/sm2.ts'
import { TillproofError } from '../errors.ts'
import { isKeyName } from './key-name.ts'

export type KeyType = 'ed25519' | 'cosignature' | 'sm2'

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
/** What stands before a public key of each type. C2SP leaves 0xff to types with a longer name. */
const TYPE_BYTES: Readonly<Record<KeyType, Uint8Array>> = {
  ed25519: Uint8Array.of(0x01),
  cosignature: Uint8Array.of(0x04),
  sm2: concat(Uint8Array.of(0xff), utf8('tillproof/sm2-sm3/v1\n')),
}
const KEY_TYPES: readonly KeyType[] = ['ed25519', 'cosignature', 'sm2']
const TIMESTAMP_BYTES = 8

/** @throws TillproofError `note.key-invalid` on a name no note may carry. */
export function vkey(name: string, type: KeyType, publicKey: Uint8Array): string {
  const typed = concat(TYPE_BYTES[type], publicKey)
  return `${checkedName(name)}+${keyIdOf(name, type, publicKey)}+${toBase64(typed)}`
}

/** @returns undefined unless it is one of our key types, its id is right and its key acceptable. */
export function parseVkey(text: string): Verifier | undefined {
  const [, name = '', keyId = '', base64 = ''] = VKEY.exec(text) ?? []
  const typed = fromBase64(base64)
  const type = typed && typeOf(typed)
  if (!isKeyName(name) || !type) return undefined
  const publicKey = typed.slice(TYPE_BYTES[type].length)
  const isKey = type === 'sm2' ? isSm2Key(publicKey) : isAcceptableKey(publicKey)
  if (keyIdOf(name, type, publicKey) !== keyId || !isKey) return undefined
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

export function sm2Signer(name: string, privateKey: Uint8Array): Signer {
  const keyId = keyIdOf(checkedName(name), 'sm2', sm2.publicKeyOf(privateKey))
  return { name, keyId, sign: text => sm2.sign(privateKey, utf8(text)) }
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
  const verify = verifications[key.type]
  return { ...key, verify: (text, signature) => verify(key.publicKey, text, signature) }
}

const verifications: Readonly<Record<KeyType, typeof verifyPlain>> = {
  ed25519: verifyPlain,
  cosignature: verifyCosignature,
  sm2: (publicKey, text, signature) => sm2.verify(publicKey, utf8(text), signature),
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
  const hash = sha256(utf8(`${name}\n`), TYPE_BYTES[type], publicKey)
  return toHex(hash.subarray(0, 4))
}

/** Of a public key behind the bytes of its type; says nothing about the key itself. */
function typeOf(typed: Uint8Array): KeyType | undefined {
  return KEY_TYPES.find(type => {
    const before = TYPE_BYTES[type]
    return equal(typed.subarray(0, before.length), before)
  })
}

function checkedName(name: string): string {
  if (isKeyName(name)) return name
  throw new TillproofError(
    'note.key-invalid',
    `"${name}" cannot be the name of a note key.`,
    'Use a name without spaces, plus signs or control characters.',
  )
}
