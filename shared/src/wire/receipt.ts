/**
 * The cloud's receipt for a device's head: a note signed by the cloud's receipt key, its promise to
 * log that head. Nothing counts as delivered without it.
 *
 *   tillproof/receipt/v1\n<origin>\n<size>\n<root, base64>\n<Unix time in ms>\n
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import type { Verifier } from '../note/key.ts'
import { verifyNote } from '../note/note.ts'

export type Receipt = { origin: string; size: number; root: Uint8Array; atMs: number }

const HEADER = 'tillproof/receipt/v1'
const DECIMAL = /^(?:0|[1-9]\d{0,15})$/

/** @returns the text to be signed. */
export function formatReceipt({ origin, size, root, atMs }: Receipt): string {
  return `${HEADER}\n${origin}\n${size}\n${toBase64(root)}\n${atMs}\n`
}

/** @returns undefined on anything but a receipt's text; says nothing about signatures. */
export function parseReceipt(text: string): Receipt | undefined {
  const [header, origin, size = '', rootText = '', atMs = '', end, ...rest] = text.split('\n')
  const root = fromBase64(rootText)
  if (header !== HEADER || !origin || end !== '' || rest.length > 0) return undefined
  if (!isCount(size) || !isCount(atMs) || root?.length !== HASH_BYTES) return undefined
  return { origin, size: Number(size), root, atMs: Number(atMs) }
}

/** Verifies a signed receipt and reads it; undefined when it is not the cloud's word. */
export function openReceipt(note: string, verifier: Verifier): Receipt | undefined {
  const verified = verifyNote(note, [verifier])
  return verified.ok ? parseReceipt(verified.text) : undefined
}

function isCount(text: string): boolean {
  return DECIMAL.test(text) && Number.isSafeInteger(Number(text))
}
