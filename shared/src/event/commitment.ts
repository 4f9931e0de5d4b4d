/**
 * The commitment to an event: the 64-byte entry of the device's log.
 *
 *   0        32        64
 *   | open    | sealed  |   each SHA-256(domain || 0x00 || salt || bytes); zeros for no sealed part
 *
 * The salts keep prices and number plates from being guessed out of their hashes.
 */
import { concat, utf8 } from '../bytes/bytes.ts'
import { sha256 } from '../crypto/crypto.ts'
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
 * @throws TillproofError `event.parts-invalid` on a wrong salt length or a lone salt or part.
 */
export function commit(parts: EventParts): Uint8Array {
  const { open, openSalt, sealed, sealedSalt } = parts
  if ((sealed === null) !== (sealedSalt === null)) throw invalid('a sealed part needs its salt')
  const sealedHash = sealed && sealedSalt ? commitSealed(sealed, sealedSalt) : NO_SEALED_HASH
  return concat(commitOpen(open, openSalt), sealedHash)
}

/** The first half of an entry, 32 bytes. */
export function commitOpen(open: Uint8Array, salt: Uint8Array): Uint8Array {
  return hashPart(OPEN_DOMAIN, open, salt)
}

/** The second half of an entry, 32 bytes. */
export function commitSealed(sealed: Uint8Array, salt: Uint8Array): Uint8Array {
  return hashPart(SEALED_DOMAIN, sealed, salt)
}

function hashPart(domain: Uint8Array, bytes: Uint8Array, salt: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES) throw invalid(`a salt is ${SALT_BYTES} bytes, not ${salt.length}`)
  return sha256(domain, salt, bytes)
}

function invalid(reason: string): TillproofError {
  return new TillproofError(
    'event.parts-invalid',
    `The event cannot be committed to: ${reason}.`,
    'Give both parts with 16-byte salts, or null for sealed part and sealed salt together.',
  )
}
