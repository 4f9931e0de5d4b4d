/**
 * CBOR in the core deterministic encoding of RFC 8949 §4.2.1, both ways.
 * What is decoded is encoded again and compared with the input, so one value has one spelling:
 * no duplicate or unsorted keys, no long integers, no indefinite lengths, no trailing bytes.
 * Of CBOR only what our formats use is allowed: no tags, no undefined, no integers beyond 64 bits.
 */
import { decode } from 'cbor2'
import { TillproofError } from '../errors.ts'
import { equal } from './bytes.ts'
import { writeCbor } from './cbor-writer.ts'

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
/** A batch of the most entries has 81,928; a message of millions would take seconds to build. */
const MAX_ITEMS = 100_000
/** Major types whose content follows as bytes: byte strings and text. */
const STRINGS: ReadonlySet<number> = new Set([2, 3])
const DECODE = { cde: true, preferMap: true, maxDepth: MAX_DEPTH, ignoreGlobalTags: true }

/**
 * Integers may be given as number or bigint; those within the safe range come back as number.
 * @throws TillproofError `cbor.unencodable`
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const bytes = writeCbor(value, MAX_DEPTH)
  if (!bytes) throw unencodable()
  return bytes
}

/** @throws TillproofError `cbor.invalid` unless the bytes are the deterministic form of a value. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  if (!hasFewItems(bytes)) throw invalid('it holds too many items, or lengths left open')
  const value = read(bytes)
  const again = writeCbor(value, MAX_DEPTH)
  if (!again) throw invalid('it holds a tag, undefined or an oversized number')
  if (!equal(again, bytes)) throw invalid('it is not the deterministic encoding')
  return value as CborValue
}

/** A Buffer as input would make Buffers of the byte strings in it. */
function read(bytes: Uint8Array): unknown {
  try {
    return decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), DECODE)
  } catch (cause) {
    throw invalid('it cannot be parsed', cause)
  }
}

/**
 * Walks the heads alone and builds nothing: a few compressed bytes can be millions of empty values.
 * Malformed bytes are the decoder's to refuse; reserved and indefinite lengths end it here.
 */
function hasFewItems(bytes: Uint8Array): boolean {
  let at = 0
  for (let items = 0; at < bytes.length; items++) {
    const [major, short] = [(bytes[at] ?? 0) >> 5, (bytes[at] ?? 0) & 31]
    if (items === MAX_ITEMS || short > 27) return false
    const width = short < 24 ? 0 : 2 ** (short - 24)
    let count = width === 0 ? short : 0
    for (let i = 1; i <= width; i++) count = count * 256 + (bytes[at + i] ?? 0)
    at += 1 + width + (STRINGS.has(major) ? count : 0)
  }
  return true
}

function unencodable(): TillproofError {
  return new TillproofError(
    'cbor.unencodable',
    'The value has no deterministic CBOR encoding.',
    'Use null, booleans, finite numbers, 64-bit integers, text, bytes, arrays and maps only.',
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
