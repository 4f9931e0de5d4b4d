/**
 * What may become a leaf of the cloud's log, and the bytes it is hashed from:
 *
 *     tillproof/<type>/v1 LF body
 *
 * The type is inside the hashed bytes, so that a leaf of one type can never be passed off as one
 * of another.
 */
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'

/**
 * device-head: the exact bytes of a device's signed head · agreement: a signed agreement version ·
 * posting-batch: a book's batch chain head · psp-notification: as it is signed, salted ·
 * pledge, pledge-release: the facts, salted · freeze-order: an order that keeps a party's share
 * from it, or what lifts it · heads-map: root of the map from origin to newest head ·
 * settlement: set aside, nothing states one yet.
 */
export type LeafType =
  | 'device-head'
  | 'agreement'
  | 'posting-batch'
  | 'settlement'
  | 'pledge'
  | 'pledge-release'
  | 'psp-notification'
  | 'freeze-order'
  | 'heads-map'

export type Leaf = { type: LeafType; body: Uint8Array }

/** The leaf's entry, as entry bundles serve it and the tree hashes it. */
export function entryOf(leaf: { type: string; body: Uint8Array }): Uint8Array {
  return concat(utf8(`tillproof/${leaf.type}/v1\n`), leaf.body)
}

/** The leaf's hash in the tree, 32 bytes. */
export function leafHashOf(leaf: Leaf): Uint8Array {
  return leafHash(entryOf(leaf))
}
