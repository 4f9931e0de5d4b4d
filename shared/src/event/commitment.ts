/**
 * The commitment to an event: the 64-byte entry of the device's log.
 *
 *   0        32        64
 *   | open    | sealed  |   each SHA-256(domain || 0x00 || salt || bytes); zeros for no sealed part
 *
 * The salts keep prices and number plates from being guessed out of their hashes.
 */
import { concat, utf8 } from '../bytes/bytes.ts'
import { sha256, sha256Into } from '../crypto/crypto.ts'
import { TillproofError } from '../errors.ts'
import type { EventParts } from './event.ts'

export const SALT_BYTES = 16
export const ENTRY_BYTES = 64

const OPEN_DOMAIN = utf8('tillproof/open/v1\0')
const SEALED_DOMAIN = utf8('tillproof/sealed/v1\0')
const HASH_BYTES = 32
/** What stands in an entry for a sealed part that never was. */
export const NO_SEALED_HASH = new Uint8Array(HASH_BYTES)

/**
 * @returns the 64-byte log entry.
 * @throws TillproofError `event.parts-invalid` on a wrong salt length, a lone salt or part, or
 * a hash beside the part it stands for.
 */
export function commit(parts: EventParts): Uint8Array {
  return concat(commitOpen(parts.open, parts.openSalt), sealedHashOf(parts))
}

/**
 * The second half of an event's entry, whether its sealed part is there, was erased, or never was.
 * @throws TillproofError `event.parts-invalid` as {@link commit} does.
 */
export function sealedHashOf({ sealed, sealedSalt, sealedHash }: EventParts): Uint8Array {
  if ((sealed === null) !== (sealedSalt === null)) throw invalid('a sealed part needs its salt')
  if (sealedHash === undefined) {
    return sealed && sealedSalt ? commitSealed(sealed, sealedSalt) : NO_SEALED_HASH
  }
  if (sealed !== null) throw invalid('a sealed part is either there or erased')
  if (!isErasedHash(sealedHash)) throw invalid('an erased part leaves 32 bytes that are not zero')
  return sealedHash
}

/** Whether these bytes can stand for an erased sealed part. */
export function isErasedHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES && bytes.some(byte => byte !== 0)
}

/** The first half of an entry, 32 bytes. */
export function commitOpen(open: Uint8Array, salt: Uint8Array): Uint8Array {
  return hashPart(OPEN_DOMAIN, open, salt)
}

/** The second half of an entry, 32 bytes. */
export function commitSealed(sealed: Uint8Array, salt: Uint8Array): Uint8Array {
  return hashPart(SEALED_DOMAIN, sealed, salt)
}

/** {@link commitOpen}, written into an entry. */
export function commitOpenInto(entry: Uint8Array, open: Uint8Array, salt: Uint8Array): void {
  sha256Into(entry, 0, OPEN_DOMAIN, checkedSalt(salt), open)
}

/** {@link commitSealed}, written into an entry. */
export function commitSealedInto(entry: Uint8Array, sealed: Uint8Array, salt: Uint8Array): void {
  sha256Into(entry, HASH_BYTES, SEALED_DOMAIN, checkedSalt(salt), sealed)
}

function hashPart(domain: Uint8Array, bytes: Uint8Array, salt: Uint8Array): Uint8Array {
  return sha256(domain, checkedSalt(salt), bytes)
}

function checkedSalt(salt: Uint8Array): Uint8Array {
  if (salt.length === SALT_BYTES) return salt
  throw invalid(`a salt is ${SALT_BYTES} bytes, not ${salt.length}`)
}

function invalid(reason: string): TillproofError {
  return new TillproofError(
    'event.parts-invalid',
    `The event cannot be committed to: ${reason}.`,
    'Give both parts with 16-byte salts, or null for sealed part and sealed salt together.',
  )
}
