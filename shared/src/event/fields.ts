/**
 * One codec a kind of field: what may stand behind a key of an event's CBOR map, and what it is in
 * TypeScript. `write` returns undefined for a value that is no such field; `take` reads straight
 * from the bytes, because an event is read wherever it is proven, and throws `CrookedCbor`.
 */

import type { CborValue } from '../bytes/cbor.ts'
import {
  type CborCursor,
  CrookedCbor,
  checkKeyOrder,
  MAJOR,
  majorAhead,
  takeArray,
  takeBytesCopy,
  takeInteger,
  takeMap,
  takeSimple,
  takeText,
  takeUint,
} from '../bytes/cbor-cursor.ts'
import { fromHex, toHex } from '../bytes/hex.ts'
import type { DetailValue, Position } from './event.ts'

export type FieldCodec<T> = {
  write(value: T): CborValue | undefined
  take(cursor: CborCursor): T
}

const MAX_NAMES = 64
const MAX_NAME_LENGTH = 64
const MAX_DETAIL_LENGTH = 1024
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A codec whose two sides are the same value, held to one rule. */
function same<T extends CborValue>(
  take: (cursor: CborCursor) => CborValue,
  accepts: (value: unknown) => value is T,
): FieldCodec<T> {
  return {
    write: value => (accepts(value) ? value : undefined),
    take(cursor) {
      const value = take(cursor)
      return accepts(value) ? value : outOfRange()
    },
  }
}

export const uint = same(
  takeUint,
  (value): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
)

/** Text of 1 to `maxLength` UTF-16 units, without lone surrogates. */
export function text(maxLength: number, pattern?: RegExp): FieldCodec<string> {
  return same(
    takeText,
    (value): value is string =>
      typeof value === 'string' &&
      value.length > 0 &&
      value.length <= maxLength &&
      value.isWellFormed() &&
      (pattern?.test(value) ?? true),
  )
}

export function byteString(length: number): FieldCodec<Uint8Array> {
  return same(
    takeBytesCopy,
    (value): value is Uint8Array => value instanceof Uint8Array && value.length === length,
  )
}

/** Signed 64 bits: amounts and counters. */
export const int64: FieldCodec<bigint> = {
  write: value => (isInt64(value) ? value : undefined),
  take(cursor) {
    const value = BigInt(takeInteger(cursor))
    return value <= INT64_MAX ? value : outOfRange()
  },
}

/** A word of a closed list, as its number. */
export function word<K extends string>(numbers: Readonly<Record<K, number>>): FieldCodec<K> {
  const names: K[] = []
  for (const name of Object.keys(numbers) as K[]) names[numbers[name]] = name
  return {
    write: name => (Object.hasOwn(numbers, name) ? numbers[name] : undefined),
    take: cursor => names[Number(takeUint(cursor))] ?? outOfRange(),
  }
}

/** A UUID: 16 bytes on the wire, lower-case text in TypeScript. */
export const uuid: FieldCodec<string> = {
  write: value => (UUID.test(value) ? fromHex(value.replaceAll('-', '')) : undefined),
  take(cursor) {
    const bytes = takeBytesCopy(cursor)
    return bytes.length === 16 ? dashed(toHex(bytes)) : outOfRange()
  },
}

export const position: FieldCodec<Position> = {
  write: ({ latitudeE7, longitudeE7 }) =>
    isPosition(latitudeE7, longitudeE7) ? [latitudeE7, longitudeE7] : undefined,
  take(cursor) {
    if (takeArray(cursor) !== 2) return outOfRange()
    const latitudeE7 = Number(takeInteger(cursor))
    const longitudeE7 = Number(takeInteger(cursor))
    return isPosition(latitudeE7, longitudeE7) ? { latitudeE7, longitudeE7 } : outOfRange()
  },
}

const detailValue: FieldCodec<DetailValue> = same(takeScalar, (value): value is DetailValue => {
  if (typeof value === 'string') return value.isWellFormed() && value.length <= MAX_DETAIL_LENGTH
  if (typeof value === 'bigint') return isInt64(value)
  return typeof value === 'boolean' || isDetailNumber(value)
})

function takeScalar(cursor: CborCursor): CborValue {
  switch (majorAhead(cursor)) {
    case MAJOR.text:
      return takeText(cursor)
    case MAJOR.simple:
      return takeSimple(cursor)
    default:
      return takeInteger(cursor)
  }
}

/** Named values; names are 1 to 64 characters, at most 64 of them. */
function named<T>(item: FieldCodec<T>): FieldCodec<Record<string, T>> {
  return {
    write: record => allWritten(Object.entries(record), item),
    take: cursor => takeNamed(cursor, item),
  }
}

export const meters = named(int64)
export const detail = named(detailValue)

function allWritten<T>(entries: [string, T][], item: FieldCodec<T>): CborValue | undefined {
  const written = new Map<CborValue, CborValue>()
  for (const [name, value] of entries) {
    const cbor = item.write(value)
    if (!isName(name) || cbor === undefined) return undefined
    written.set(name, cbor)
  }
  return written.size <= MAX_NAMES ? written : undefined
}

function takeNamed<T>(cursor: CborCursor, item: FieldCodec<T>): Record<string, T> {
  const count = takeMap(cursor)
  if (count > MAX_NAMES) return outOfRange()
  const values: Record<string, T> = {}
  const before = { start: 0, end: 0 }
  for (let at = 0; at < count; at++) {
    const start = cursor.at
    const name = takeText(cursor)
    if (!isName(name)) return outOfRange()
    checkKeyOrder(cursor, before, start)
    values[name] = item.take(cursor)
  }
  return values
}

export function outOfRange(): never {
  throw new CrookedCbor('a field is missing, unknown or out of range')
}

/** `__proto__` would be lost or worse in a plain object. */
function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_NAME_LENGTH &&
    value.isWellFormed() &&
    value !== '__proto__'
  )
}

function isInt64(value: unknown): value is bigint {
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

function isDetailNumber(value: unknown): value is number {
  if (typeof value !== 'number' || Object.is(value, -0)) return false
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
}

function isPosition(latitudeE7: unknown, longitudeE7: unknown): boolean {
  return isWithin(latitudeE7, 900_000_000) && isWithin(longitudeE7, 1_800_000_000)
}

function isWithin(value: unknown, limit: number): boolean {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= limit && !Object.is(value, -0)
}

/** 32 digits in the groups of RFC 9562 §4. */
function dashed(hex: string): string {
  const [low, mid] = [hex.slice(0, 8), hex.slice(8, 12)]
  return `${low}-${mid}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
