/** Bytes in tests: from hex that is known to be good, and as fast-check draws them. */
import fc from 'fast-check'
import { fromHex } from '../bytes/hex.ts'
import { TillproofError } from '../errors.ts'

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text)
  if (bytes) return bytes
  throw new TillproofError('test.hex-invalid', `"${text}" is not hex.`, 'Correct the test.')
}

/** A drawn Uint8Array without the pools that Node's Buffer brings. */
export function bytes(constraints: { minLength?: number; maxLength?: number } = {}) {
  return fc.uint8Array(constraints).map(drawn => Uint8Array.from(drawn))
}

export function bytesOf(length: number) {
  return bytes({ minLength: length, maxLength: length })
}
