/** C2SP tlog-tiles entry bundles: entries one after another, each after its big-endian length. */
import { concat } from '../bytes/bytes.ts'
import { TillproofError } from '../errors.ts'

/** The length before an entry is 16 bits. */
export const MAX_ENTRY_BYTES = 65_535
const LENGTH_BYTES = 2

/** @throws TillproofError `merkle.entry-too-large` */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concat(...entries.flatMap(entry => [lengthOf(entry), entry]))
}

/** @returns undefined when the lengths do not add up. */
export function decodeEntryBundle(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + LENGTH_BYTES > bytes.length) return undefined
    const end = at + LENGTH_BYTES + view.getUint16(at)
    if (end > bytes.length) return undefined
    entries.push(bytes.slice(at + LENGTH_BYTES, end))
    at = end
  }
  return entries
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY_BYTES) throw tooLarge(entry.length)
  return Uint8Array.of(entry.length >> 8, entry.length & 0xff)
}

function tooLarge(length: number): TillproofError {
  return new TillproofError(
    'merkle.entry-too-large',
    `A log entry of ${length} bytes does not fit; ${MAX_ENTRY_BYTES} is the most.`,
    'Log a hash of it and keep the bytes beside the log.',
  )
}
