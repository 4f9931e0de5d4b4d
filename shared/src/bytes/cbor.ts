/**
 * CBOR in the core deterministic encoding of RFC 8949 §4.2.1, both ways.
 * One value has one spelling: no duplicate or unsorted keys, no long integers, no indefinite
 * lengths, no trailing bytes.
 * Of CBOR only what our formats use is allowed: no tags, no undefined, no integers beyond 64 bits.
 */
import { TillproofError } from '../errors.ts'
import { readCbor } from './cbor-reader.ts'
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
const LIMITS = { maxDepth: MAX_DEPTH, maxItems: MAX_ITEMS }

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
  const read = readCbor(bytes, LIMITS)
  if ('fault' in read) throw invalid(read.fault)
  return read.value
}

function unencodable(): TillproofError {
  return new TillproofError(
    'cbor.unencodable',
    'The value has no deterministic CBOR encoding.',
    'Use null, booleans, finite numbers, 64-bit integers, text, bytes, arrays and maps only.',
  )
}

function invalid(reason: string): TillproofError {
  return new TillproofError(
    'cbor.invalid',
    `The bytes are not deterministic CBOR: ${reason}.`,
    'Ask the sender for the bytes again; they were damaged or made by another encoder.',
  )
}
