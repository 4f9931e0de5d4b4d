/**
 * CBOR in the core deterministic encoding of RFC 8949 §4.2.1, both ways.
 * What is decoded is encoded again and compared with the input, so one value has one spelling:
 * no duplicate or unsorted keys, no long integers, no indefinite lengths, no trailing bytes.
 * Of CBOR only what our formats use is allowed: no tags, no undefined, no integers beyond 64 bits.
 */
import { decode, encode } from 'cbor2'
import { TillproofError } from '../errors.ts'
import { equal } from './bytes.ts'

export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>

/** Deeper nesting than this has no use in our formats. */
const MAX_DEPTH = 16
const ENCODE = { cde: true, rejectBigInts: true, rejectUndefined: true }
const DECODE = { cde: true, preferMap: true, maxDepth: MAX_DEPTH, ignoreGlobalTags: true }
const MAX_INTEGER = 2n ** 64n - 1n
const MIN_INTEGER = -(2n ** 63n)

/**
 * Integers may be given as number or bigint; those within the safe range come back as number.
 * @throws TillproofError `cbor.unencodable`
 */
export function encodeCbor(value: CborValue): Uint8Array {
  if (!isCborValue(value)) throw unencodable()
  try {
    return encode(withPlainBytes(value), ENCODE)
  } catch (cause) {
    throw unencodable(cause)
  }
}

/** @throws TillproofError `cbor.invalid` unless the bytes are the deterministic form of a value. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const value = read(bytes)
  if (!isCborValue(value)) throw invalid('it holds a tag, undefined or an oversized number')
  if (!equal(encode(value, ENCODE), bytes)) throw invalid('it is not the deterministic encoding')
  return value
}

function read(bytes: Uint8Array): unknown {
  try {
    return decode(asPlain(bytes), DECODE)
  } catch (cause) {
    throw invalid('it cannot be parsed', cause)
  }
}

/** The library looks classes up by constructor: a Node Buffer would be written as its JSON. */
function withPlainBytes(value: CborValue): CborValue {
  if (value instanceof Uint8Array) return asPlain(value)
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [withPlainBytes(key), withPlainBytes(item)]))
  }
  return Array.isArray(value) ? value.map(withPlainBytes) : value
}

function asPlain(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function isCborValue(value: unknown): value is CborValue {
  switch (typeof value) {
    case 'boolean':
      return true
    case 'string':
      return value.isWellFormed()
    case 'number':
      return Number.isInteger(value) ? isPlainInteger(value) : Number.isFinite(value)
    case 'bigint':
      return value >= MIN_INTEGER && value <= MAX_INTEGER
    default:
      return value === null || isContainer(value)
  }
}

/** Beyond the safe range only bigint says exactly which integer is meant; -0 has two spellings. */
function isPlainInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

function isContainer(value: unknown): boolean {
  if (value instanceof Uint8Array) return true
  if (Array.isArray(value)) return value.every(isCborValue)
  if (!(value instanceof Map)) return false
  return [...value].every(([key, item]) => isCborValue(key) && isCborValue(item))
}

function unencodable(cause?: unknown): TillproofError {
  return new TillproofError(
    'cbor.unencodable',
    'The value has no deterministic CBOR encoding.',
    'Use null, booleans, finite numbers, 64-bit integers, text, bytes, arrays and maps only.',
    { cause },
  )
}

function invalid(reason: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'cbor.invalid',
    `The bytes are not deterministic CBOR: ${reason}.`,
    'Ask the sender for the bytes again; they were damaged or made by another encoder.',
    { cause },
  )
}
