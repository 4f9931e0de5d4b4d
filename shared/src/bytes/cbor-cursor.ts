/**
 * A place in CBOR bytes and what can be taken from there, held to the core deterministic encoding
 * of RFC 8949 §4.2.1. Formats that know what comes next read it straight from here;
 * `cbor-reader.ts` takes whatever comes. Every fault is thrown as `CrookedCbor`, which
 * {@link readWhole} catches.
 *
 *   item = head byte (major type << 5 | short count), count in 0, 1, 2, 4 or 8 bytes, content
 */
import { halfOf } from './cbor-writer.ts'

export type CborCursor = { readonly bytes: Uint8Array; at: number }
export const MAJOR = {
  uint: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  simple: 7,
} as const

/** What is wrong with the bytes, in words that end "The bytes are not deterministic CBOR: …". */
export class CrookedCbor {
  readonly fault: string
  constructor(fault: string) {
    this.fault = fault
  }
}

/** Reads all of the bytes: one item, and nothing behind it. */
export function readWhole<T>(
  input: Uint8Array,
  read: (cursor: CborCursor) => T,
): { value: T } | { fault: string } {
  const cursor = cursorOver(input)
  try {
    const value = read(cursor)
    checkEnd(cursor)
    return { value }
  } catch (error) {
    if (error instanceof CrookedCbor) return { fault: error.fault }
    throw error
  }
}

/** For whoever reads in steps: at the bytes' beginning. */
export function cursorOver(input: Uint8Array): CborCursor {
  return { bytes: plain(input), at: 0 }
}

export function checkEnd({ bytes, at }: CborCursor): void {
  if (at !== bytes.length) throw new CrookedCbor('bytes follow its end')
}

/** A Buffer as input would make Buffers of the byte strings in it, and not copy them. */
function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The next head byte's major type, not stepped over. */
export function majorAhead({ bytes, at }: CborCursor): number {
  return (bytes[at] ?? 0xff) >> 5
}

/** Steps over a null; gives whether there was one. */
export function takeNull(cursor: CborCursor): boolean {
  const isNull = cursor.bytes[cursor.at] === 0xf6
  if (isNull) cursor.at += 1
  return isNull
}

/** An integer from 0 to 2^64 - 1; a bigint beyond the safe range. */
export function takeUint(cursor: CborCursor): number | bigint {
  return takeCount(cursor, MAJOR.uint)
}

/** From -2^63 to 2^64 - 1; a bigint beyond the safe range. */
export function takeInteger(cursor: CborCursor): number | bigint {
  if (majorAhead(cursor) === MAJOR.uint) return takeCount(cursor, MAJOR.uint)
  return negative(takeCount(cursor, MAJOR.negative))
}

/** A byte string as a view of the input. */
export function takeBytes(cursor: CborCursor): Uint8Array {
  const size = takeLength(cursor, MAJOR.bytes)
  const start = step(cursor, size)
  return cursor.bytes.subarray(start, start + size)
}

/** A byte string as a copy, free of the input. */
export function takeBytesCopy(cursor: CborCursor): Uint8Array {
  const size = takeLength(cursor, MAJOR.bytes)
  const start = step(cursor, size)
  return cursor.bytes.slice(start, start + size)
}

/** How many items follow. */
export function takeArray(cursor: CborCursor): number {
  return takeLength(cursor, MAJOR.array)
}

/** How many pairs of key and value follow. */
export function takeMap(cursor: CborCursor): number {
  return takeLength(cursor, MAJOR.map)
}

/**
 * To be asked after each key of a map: keys stand in the order of their bytes, none twice.
 * @param before where the key before begins and ends; its end is 0 before the first
 * @param start where the key begins that was just taken
 */
export function checkKeyOrder(cursor: CborCursor, before: Taken, start: number): void {
  const { bytes, at: end } = cursor
  if (before.end > 0 && !isBehind(bytes, before, start, end)) {
    throw new CrookedCbor('keys are out of order or twice')
  }
  before.start = start
  before.end = end
}

export type Taken = { start: number; end: number }

/** No key's spelling begins another's, so that they differ at some byte unless they are equal. */
function isBehind(bytes: Uint8Array, before: Taken, start: number, end: number): boolean {
  const length = Math.min(before.end - before.start, end - start)
  for (let at = 0; at < length; at++) {
    const difference = (bytes[start + at] ?? 0) - (bytes[before.start + at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

const SHORT = 32
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function takeText(cursor: CborCursor): string {
  const size = takeLength(cursor, MAJOR.text)
  const start = step(cursor, size)
  const short = size <= SHORT ? shortText(cursor.bytes, start, start + size) : undefined
  if (short !== undefined) return short
  try {
    return decoder.decode(cursor.bytes.subarray(start, start + size))
  } catch {
    throw new CrookedCbor('a text is not UTF-8')
  }
}

/** Currencies, items, names of counters come again and again: the last ones seen are kept. */
const SEEN = 512
const seen = Array.from({ length: SEEN }, () => '')

/** Undefined unless it is ASCII. */
function shortText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let mixed = end - start
  let all = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    all |= byte
    mixed = (Math.imul(mixed, 31) + byte) | 0
  }
  if (all > 0x7f) return undefined
  const place = mixed & (SEEN - 1)
  const known = seen[place] ?? ''
  if (isText(known, bytes, start, end)) return known
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0)
  seen[place] = text
  return text
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let at = 0; at < text.length; at++)
    if (text.charCodeAt(at) !== bytes[start + at]) return false
  return true
}

/** false, true, null, or a fraction: a float stands for what no integer says. */
export function takeSimple(cursor: CborCursor): boolean | null | number {
  const short = takeHead(cursor, MAJOR.simple)
  switch (short) {
    case 20:
      return false
    case 21:
      return true
    case 22:
      return null
    case 25:
      return fraction(halfAt(bigEndian(cursor, 2)), 'half')
    case 26:
      return fraction(viewOf(cursor, 4).getFloat32(0), 'single')
    case 27:
      return fraction(viewOf(cursor, 8).getFloat64(0), 'double')
    default:
      throw new CrookedCbor('it holds undefined or an unknown simple value')
  }
}

/** Gives where the next `count` bytes begin, and steps over them. */
function step(cursor: CborCursor, count: number): number {
  const at = cursor.at
  if (count > cursor.bytes.length - at) throw new CrookedCbor('it ends too early')
  cursor.at = at + count
  return at
}

/** Gives the head's short count. */
function takeHead(cursor: CborCursor, major: number): number {
  const head = cursor.bytes[step(cursor, 1)] ?? 0
  if (head >> 5 !== major) throw new CrookedCbor('an item is of another type than its place asks')
  return head & 31
}

function takeLength(cursor: CborCursor, major: number): number {
  const count = takeCount(cursor, major)
  if (typeof count === 'bigint') throw new CrookedCbor('it ends too early')
  return count
}

/** A count in its shortest form (RFC 8949 §4.2.1): a longer one has no smaller width to fit in. */
function takeCount(cursor: CborCursor, major: number): number | bigint {
  const short = takeHead(cursor, major)
  if (short < 24) return short
  if (short === 24) return shortest(bigEndian(cursor, 1), 24)
  if (short === 25) return shortest(bigEndian(cursor, 2), 0x100)
  if (short === 26) return shortest(bigEndian(cursor, 4), 0x10000)
  if (short !== 27) throw new CrookedCbor('it holds a length left open')
  const high = shortest(bigEndian(cursor, 4), 1)
  const low = bigEndian(cursor, 4)
  return high <= MAX_SAFE_HIGH ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low)
}

const MAX_SAFE_HIGH = 0x1fffff

function shortest(count: number, least: number): number {
  if (count < least) throw new CrookedCbor('an integer is longer than it needs to be')
  return count
}

function bigEndian(cursor: CborCursor, width: number): number {
  const start = step(cursor, width)
  let count = 0
  for (let at = start; at < start + width; at++) count = count * 256 + (cursor.bytes[at] ?? 0)
  return count
}

const MIN_INTEGER = -(2n ** 63n)

/** -1 - count, from -2^63 on. */
function negative(count: number | bigint): number | bigint {
  if (typeof count === 'number' && count < Number.MAX_SAFE_INTEGER) return -1 - count
  const value = -1n - BigInt(count)
  if (value < MIN_INTEGER) throw new CrookedCbor('it holds an oversized number')
  return value
}

function viewOf(cursor: CborCursor, width: number): DataView {
  const { buffer, byteOffset } = cursor.bytes
  return new DataView(buffer, byteOffset + step(cursor, width), width)
}

function fraction(value: number, width: 'half' | 'single' | 'double'): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    throw new CrookedCbor('a float is not a fraction')
  }
  const least = halfOf(value) !== undefined ? 'half' : isSingle(value) ? 'single' : 'double'
  if (least !== width) throw new CrookedCbor('a float is longer than it needs to be')
  return value
}

const isSingle = (value: number): boolean => Math.fround(value) === value

/** IEEE 754 binary16. */
function halfAt(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fractionBits = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return Number.NaN
  return exponent === 0
    ? sign * fractionBits * 2 ** -24
    : sign * (1024 + fractionBits) * 2 ** (exponent - 25)
}
