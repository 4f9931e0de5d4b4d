/** What byte strings need everywhere: joining, comparing, and strict UTF-8 both ways. */
import { TillproofError } from '../errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Not constant-time: everything compared here (hashes, keys, signatures) is public. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order by unsigned byte, shorter first on a common prefix. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** @throws TillproofError `bytes.text-malformed` on lone surrogates, which UTF-8 cannot carry. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw new TillproofError(
      'bytes.text-malformed',
      'The text holds half of a surrogate pair.',
      'Check where the text was cut; it has to be valid Unicode.',
    )
  }
  return encoder.encode(text)
}

/** @returns undefined when the bytes are not valid UTF-8. A leading byte order mark is kept. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
