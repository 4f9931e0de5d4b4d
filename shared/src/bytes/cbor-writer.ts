/**
 * Writes the core deterministic encoding of RFC 8949 §4.2.1. Our own because every event passes
 * here: the library's writer (`cbor2`) takes ten times as long and writes a Node Buffer as its
 * JSON. The tests hold the two against each other.
 *
 *   item = head byte (major type << 5 | short count), count in 0, 1, 2, 4 or 8 bytes, content
 */
import { compare, utf8 } from './bytes.ts'

const MAJOR = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5 } as const
const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6 } as const
const FLOAT = { half: 0xf9, single: 0xfa, double: 0xfb } as const
const MAX_INTEGER = 2n ** 64n - 1n
const MIN_INTEGER = -(2n ** 63n)

type Sink = { bytes: Uint8Array; view: DataView; length: number }

/** Written over by each value in turn; a map's keys, written within one, take one of their own. */
const KEPT_BYTES = 4096
let kept = newSink(KEPT_BYTES)
let isKeptInUse = false

/** @returns undefined for anything that our formats do not know, at whatever depth. */
export function writeCbor(value: unknown, maxDepth: number): Uint8Array | undefined {
  if (isKeptInUse) return written(newSink(128), value, maxDepth)
  isKeptInUse = true
  try {
    return written(kept, value, maxDepth)
  } finally {
    isKeptInUse = false
    if (kept.bytes.length > 16 * KEPT_BYTES) kept = newSink(KEPT_BYTES)
  }
}

function written(sink: Sink, value: unknown, maxDepth: number): Uint8Array | undefined {
  sink.length = 0
  return write(sink, value, maxDepth) ? sink.bytes.slice(0, sink.length) : undefined
}

/** Every writer says whether the value has an encoding. */
function write(sink: Sink, value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'number':
      return writeNumber(sink, value)
    case 'bigint':
      return writeBigint(sink, value)
    case 'string':
      return writeText(sink, value)
    case 'boolean':
      return writeByte(sink, value ? SIMPLE.true : SIMPLE.false)
    default:
      return value === null ? writeByte(sink, SIMPLE.null) : writeContainer(sink, value, depth)
  }
}

/** -0 has two spellings, and beyond the safe range only bigint says which integer is meant. */
function writeNumber(sink: Sink, value: number): boolean {
  if (!Number.isInteger(value)) return Number.isFinite(value) && writeFloat(sink, value)
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return false
  return value < 0
    ? writeHead(sink, MAJOR.negative, -1 - value)
    : writeHead(sink, MAJOR.uint, value)
}

function writeBigint(sink: Sink, value: bigint): boolean {
  if (value > MAX_INTEGER || value < MIN_INTEGER) return false
  const major = value < 0n ? MAJOR.negative : MAJOR.uint
  const count = value < 0n ? -1n - value : value
  if (count <= BigInt(Number.MAX_SAFE_INTEGER)) return writeHead(sink, major, Number(count))
  const at = grow(sink, 9)
  sink.view.setUint8(at, (major << 5) | 27)
  sink.view.setBigUint64(at + 1, count)
  return true
}

/** Short texts are written a character at a time, which is quicker than asking for their bytes. */
function writeText(sink: Sink, text: string): boolean {
  return text.length <= SHORT && isAscii(text)
    ? writeAscii(sink, text)
    : text.isWellFormed() && writeString(sink, MAJOR.text, utf8(text))
}

const SHORT = 100

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}

function writeAscii(sink: Sink, text: string): boolean {
  writeHead(sink, MAJOR.text, text.length)
  const start = grow(sink, text.length)
  for (let at = 0; at < text.length; at++) sink.bytes[start + at] = text.charCodeAt(at)
  return true
}

function writeString(sink: Sink, major: number, content: Uint8Array): boolean {
  writeHead(sink, major, content.length)
  return append(sink, content)
}

function writeContainer(sink: Sink, value: unknown, depth: number): boolean {
  if (value instanceof Uint8Array) return writeString(sink, MAJOR.bytes, value)
  if (depth === 0) return false
  if (value instanceof Map) return writeMap(sink, value, depth - 1)
  if (!Array.isArray(value)) return false
  writeHead(sink, MAJOR.array, value.length)
  return value.every(item => write(sink, item, depth - 1))
}

/** Keys in the order of their encoded bytes, none twice. */
function writeMap(sink: Sink, map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
  const entries: [key: Uint8Array, value: unknown][] = []
  for (const [key, value] of map) {
    const encoded = writeCbor(key, depth)
    if (!encoded) return false
    entries.push([encoded, value])
  }
  entries.sort(([a], [b]) => compare(a, b))
  writeHead(sink, MAJOR.map, entries.length)
  return entries.every(([key, value], at) => {
    const before = entries[at - 1]?.[0]
    if (before && compare(before, key) === 0) return false
    return append(sink, key) && write(sink, value, depth)
  })
}

/** The shortest of half, single and double precision that keeps the value. */
function writeFloat(sink: Sink, value: number): boolean {
  const half = halfOf(value)
  const isSingle = Math.fround(value) === value
  const at = grow(sink, half !== undefined ? 3 : isSingle ? 5 : 9)
  if (half !== undefined) {
    sink.view.setUint8(at, FLOAT.half)
    sink.view.setUint16(at + 1, half)
  } else if (isSingle) {
    sink.view.setUint8(at, FLOAT.single)
    sink.view.setFloat32(at + 1, value)
  } else {
    sink.view.setUint8(at, FLOAT.double)
    sink.view.setFloat64(at + 1, value)
  }
  return true
}

const scratch = new DataView(new ArrayBuffer(4))

/** IEEE 754 binary16 bits of a value that is exactly representable there. */
export function halfOf(value: number): number | undefined {
  if (Math.fround(value) !== value) return undefined
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 0xff) - 127
  const fraction = bits & 0x7fffff
  if (exponent > 15 || exponent < -24) return undefined
  if (exponent >= -14) {
    return (fraction & 0x1fff) === 0
      ? sign | ((exponent + 15) << 10) | (fraction >>> 13)
      : undefined
  }
  const shift = -1 - exponent
  const whole = 0x800000 | fraction
  return (whole & ((1 << shift) - 1)) === 0 ? sign | (whole >>> shift) : undefined
}

function writeHead(sink: Sink, major: number, count: number): boolean {
  const type = major << 5
  if (count < 24) return writeByte(sink, type | count)
  const width = count < 0x100 ? 1 : count < 0x10000 ? 2 : count < 0x100000000 ? 4 : 8
  const at = grow(sink, 1 + width)
  sink.view.setUint8(at, type | (24 + Math.log2(width)))
  if (width === 1) sink.view.setUint8(at + 1, count)
  else if (width === 2) sink.view.setUint16(at + 1, count)
  else if (width === 4) sink.view.setUint32(at + 1, count)
  else sink.view.setBigUint64(at + 1, BigInt(count))
  return true
}

function writeByte(sink: Sink, byte: number): boolean {
  const at = grow(sink, 1)
  sink.view.setUint8(at, byte)
  return true
}

function append(sink: Sink, content: Uint8Array): boolean {
  const at = grow(sink, content.length)
  sink.bytes.set(content, at)
  return true
}

/** Makes room, perhaps elsewhere: read `bytes` and `view` only after it. Gives where to write. */
function grow(sink: Sink, count: number): number {
  const at = sink.length
  sink.length += count
  if (sink.length > sink.bytes.length) {
    const larger = newSink(Math.max(sink.length, 2 * sink.bytes.length))
    larger.bytes.set(sink.bytes)
    sink.bytes = larger.bytes
    sink.view = larger.view
  }
  return at
}

function newSink(capacity: number): Sink {
  const bytes = new Uint8Array(capacity)
  return { bytes, view: new DataView(bytes.buffer), length: 0 }
}
