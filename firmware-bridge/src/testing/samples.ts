/** Bytes as tests write them, and the samples read in place. */

export { readSample } from '@tillproof/shared/testing/samples.ts'

/** `"05 06"` → bytes. */
export function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), byte => Number.parseInt(byte, 16))
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
