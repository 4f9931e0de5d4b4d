/**
 * Reads the core deterministic encoding of RFC 8949 §4.2.1 and nothing else: in one pass, refusing
 * whatever `cbor-writer.ts` would have spelt otherwise. Our own because every event passes here:
 * reading with a library and encoding again to compare takes fifteen times as long. The library
 * (`cbor2`) reads beside it in the tests.
 *
 *   item = head byte (major type << 5 | short count), count in 0, 1, 2, 4 or 8 bytes, content
 */
import { compare } from './bytes.ts'
import type { CborValue } from './cbor.ts'
import { halfOf } from './cbor-writer.ts'

/** What is wrong with the bytes, in words that end "The bytes are not deterministic CBOR: …". */
export type CborFault = { fault: string }
export type CborLimits = { maxDepth: number; maxItems: number }

type Source = { bytes: Uint8Array; view: DataView; at: number; items: number }

/** Thrown inside this file only, so that every step need not carry the fault upwards. */
class Crooked {
  readonly fault: string
  constructor(fault: string) {
    this.fault = fault
  }
}

/** Byte strings are copies. Integers beyond the safe range come as bigint. */
export function readCbor(
  bytes: Uint8Array,
  { maxDepth, maxItems }: CborLimits,
): { value: CborValue } | CborFault {
  const { buffer, byteOffset, byteLength } = bytes
  // A Buffer as input would make Buffers of the byte strings in it, and not copy them.
  const plain = new Uint8Array(buffer, byteOffset, byteLength)
  const view = new DataView(buffer, byteOffset, byteLength)
  const source = { bytes: plain, view, at: 0, items: maxItems }
  try {
    const value = read(source, maxDepth)
    return source.at === bytes.length ? { value } : { fault: 'bytes follow its end' }
  } catch (error) {
    if (error instanceof Crooked) return { fault: error.fault }
    throw error
  }
}

function read(source: Source, depth: number): CborValue {
  if (source.items === 0) throw new Crooked('it holds too many items')
  source.items -= 1
  const head = source.bytes[take(source, 1)] ?? 0
  const major = head >> 5
  if (major === 7) return readSimple(source, head & 31)
  const count = readCount(source, head & 31)
  switch (major) {
    case 0:
      return count
    case 1:
      return negative(count)
    case 2:
      return readBytes(source, length(count))
    case 3:
      return readText(source, length(count))
    case 4:
      return readArray(source, length(count), depth)
    case 5:
      return readMap(source, length(count), depth)
    default:
      throw new Crooked('it holds a tag')
  }
}

/** Gives where the next `count` bytes begin, and steps over them. */
function take(source: Source, count: number): number {
  const at = source.at
  if (count > source.bytes.length - at) throw new Crooked('it ends too early')
  source.at = at + count
  return at
}

/** A count in its shortest form (RFC 8949 §4.2.1): a longer one has no smaller width to fit in. */
function readCount(source: Source, short: number): number | bigint {
  if (short < 24) return short
  const { view } = source
  if (short === 24) return shortest(view.getUint8(take(source, 1)), 24)
  if (short === 25) return shortest(view.getUint16(take(source, 2)), 0x100)
  if (short === 26) return shortest(view.getUint32(take(source, 4)), 0x10000)
  if (short !== 27) throw new Crooked('it holds a length left open')
  const count = view.getBigUint64(take(source, 8))
  if (count < 0x100000000n) throw new Crooked('an integer is longer than it needs to be')
  return count <= MAX_SAFE ? Number(count) : count
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const MIN_INTEGER = -(2n ** 63n)

function shortest(count: number, least: number): number {
  if (count < least) throw new Crooked('an integer is longer than it needs to be')
  return count
}

/** -1 - count, from -2^63 on. */
function negative(count: number | bigint): number | bigint {
  if (typeof count === 'number' && count < Number.MAX_SAFE_INTEGER) return -1 - count
  const value = -1n - BigInt(count)
  if (value < MIN_INTEGER) throw new Crooked('it holds an oversized number')
  return value
}

function length(count: number | bigint): number {
  if (typeof count === 'bigint') throw new Crooked('it ends too early')
  return count
}

function readBytes(source: Source, size: number): Uint8Array {
  const start = take(source, size)
  return source.bytes.slice(start, start + size)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const SHORT = 32

/** Short ASCII, which is nearly all there is, is put together faster than it is decoded. */
function readText(source: Source, size: number): string {
  const start = take(source, size)
  const { bytes } = source
  if (size <= SHORT) {
    let text = ''
    let at = start
    for (; at < start + size; at++) {
      const byte = bytes[at] ?? 0
      if (byte > 0x7f) break
      text += String.fromCharCode(byte)
    }
    if (at === start + size) return text
  }
  try {
    return decoder.decode(bytes.subarray(start, start + size))
  } catch {
    throw new Crooked('a text is not UTF-8')
  }
}

function readArray(source: Source, size: number, depth: number): CborValue[] {
  if (depth === 0) throw new Crooked('it is nested too deep')
  const items: CborValue[] = []
  for (let at = 0; at < size; at++) items.push(read(source, depth - 1))
  return items
}

/** Keys in the order of their bytes, none twice. */
function readMap(source: Source, size: number, depth: number): Map<CborValue, CborValue> {
  if (depth === 0) throw new Crooked('it is nested too deep')
  const map = new Map<CborValue, CborValue>()
  let before: Uint8Array | undefined
  for (let at = 0; at < size; at++) {
    const start = source.at
    const key = read(source, depth - 1)
    const bytes = source.bytes.subarray(start, source.at)
    if (before && compare(before, bytes) >= 0) throw new Crooked('keys are out of order or twice')
    before = bytes
    map.set(key, read(source, depth - 1))
  }
  return map
}

function readSimple(source: Source, short: number): CborValue {
  switch (short) {
    case 20:
      return false
    case 21:
      return true
    case 22:
      return null
    case 25:
      return fraction(halfAt(source.view, take(source, 2)), 'half')
    case 26:
      return fraction(source.view.getFloat32(take(source, 4)), 'single')
    case 27:
      return fraction(source.view.getFloat64(take(source, 8)), 'double')
    default:
      throw new Crooked('it holds undefined or an unknown simple value')
  }
}

/** A float stands for what no integer says, in the shortest precision that keeps it. */
function fraction(value: number, width: 'half' | 'single' | 'double'): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    throw new Crooked('a float is not a fraction')
  }
  const least = halfOf(value) !== undefined ? 'half' : isSingle(value) ? 'single' : 'double'
  if (least !== width) throw new Crooked('a float is longer than it needs to be')
  return value
}

const isSingle = (value: number): boolean => Math.fround(value) === value

/** IEEE 754 binary16. */
function halfAt(view: DataView, at: number): number {
  const bits = view.getUint16(at)
  const exponent = (bits >> 10) & 31
  const fractionBits = bits & 0x3ff
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return Number.NaN
  return exponent === 0
    ? sign * fractionBits * 2 ** -24
    : sign * (1024 + fractionBits) * 2 ** (exponent - 25)
}
