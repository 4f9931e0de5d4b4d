/**
 * What evidence is measured against: Node's own crypto and nothing of ours around it, with keys
 * imported and bytes joined beforehand. Faster than this nobody gets in one thread.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'

/** DER of RFC 8410 before a raw Ed25519 seed. */
const PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex')

export type SignedEvents = { key: KeyObject; events: { bytes: Uint8Array; signature: Buffer }[] }

/** The same events as if each had been signed on its own. */
export function signEach(parts: readonly EventParts[], seed: Uint8Array): SignedEvents {
  const der = Buffer.concat([PKCS8_HEADER, seed])
  const privateKey = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' })
  const events = parts.map(each => {
    const bytes = bytesOf(each)
    return { bytes, signature: sign(null, bytes, privateKey) }
  })
  return { key: createPublicKey(privateKey), events }
}

export function verifyEach({ key, events }: SignedEvents): boolean {
  return events.every(({ bytes, signature }) => verify(null, bytes, key, signature))
}

/**
 * Every byte string that verifying the events hashes: both parts of each, its leaf, and one node
 * for each leaf but one. A node's preimage is as long as a leaf's, which stands in for it.
 */
export function preimagesOf(parts: readonly EventParts[]): Uint8Array[] {
  return parts.flatMap((each, index) => {
    const { open, openSalt, sealed, sealedSalt } = each
    const leaf = concat(Uint8Array.of(0), commit(each))
    return [
      concat(utf8('tillproof/open/v1\0'), openSalt, open),
      ...(sealed && sealedSalt ? [concat(utf8('tillproof/sealed/v1\0'), sealedSalt, sealed)] : []),
      leaf,
      ...(index === 0 ? [] : [leaf]),
    ]
  })
}

/** Salts and parts of an event as one byte string. */
export function bytesOf({ open, openSalt, sealed, sealedSalt }: EventParts): Uint8Array {
  return concat(openSalt, open, ...(sealed && sealedSalt ? [sealedSalt, sealed] : []))
}

/** Digests as strings, which nobody could compare as bytes: the fastest way Node hashes at all. */
export function hashEach(preimages: readonly Uint8Array[]): void {
  for (const preimage of preimages) hash('sha256', preimage, 'binary')
}
