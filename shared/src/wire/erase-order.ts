/**
 * The cloud's order to a device to erase the sealed part of one event: a note signed by the cloud's
 * receipt key. It names the part by the hash that committed to it, so that an order can never hit
 * another event than the one that was meant.
 *
 *   tillproof/erase-order/v1\n<origin>\n<index>\n<hash of the sealed part, base64>\n<reason>\n
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { equal } from '../bytes/bytes.ts'
import { isErasedHash } from '../event/commitment.ts'
import type { Verifier } from '../note/key.ts'
import { verifyNote } from '../note/note.ts'

export type EraseOrder = { origin: string; index: number; sealedHash: Uint8Array; reason: string }

const HEADER = 'tillproof/erase-order/v1'
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/
export const MAX_REASON_LENGTH = 200

/** One line of 1 to 200 characters, as it will stand in the `redaction` event. */
export function isReason(text: string): boolean {
  return text.length > 0 && text.length <= MAX_REASON_LENGTH && !/\p{Cc}/u.test(text)
}

/** @returns the text to be signed. */
export function formatEraseOrder({ origin, index, sealedHash, reason }: EraseOrder): string {
  return `${HEADER}\n${origin}\n${index}\n${toBase64(sealedHash)}\n${reason}\n`
}

/** @returns undefined on anything but an order's text; says nothing about signatures. */
export function parseEraseOrder(text: string): EraseOrder | undefined {
  const [header, origin, index = '', hash = '', reason = '', end, ...rest] = text.split('\n')
  const sealedHash = fromBase64(hash)
  if (header !== HEADER || !origin || end !== '' || rest.length > 0) return undefined
  if (!DECIMAL.test(index) || !Number.isSafeInteger(Number(index))) return undefined
  if (!sealedHash || !isErasedHash(sealedHash) || !isReason(reason)) return undefined
  return { origin, index: Number(index), sealedHash, reason }
}

/** Verifies a signed order and reads it; undefined when it is not the cloud's word. */
export function openEraseOrder(note: string, verifier: Verifier): EraseOrder | undefined {
  const verified = verifyNote(note, [verifier])
  return verified.ok ? parseEraseOrder(verified.text) : undefined
}

/** Whether the order means this entry, whose second half is the hash of its sealed part. */
export function isMeant({ sealedHash }: EraseOrder, entry: Uint8Array): boolean {
  return equal(sealedHash, entry.slice(entry.length - sealedHash.length))
}
