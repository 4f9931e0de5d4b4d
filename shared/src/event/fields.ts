/**
 * One codec a kind of field: what may stand behind a key of an event's CBOR map, and what it is in
 * TypeScript. `read` returns undefined for bytes that are no such field.
 */

import type { CborValue } from '../bytes/cbor.ts'
import { fromHex, toHex } from '../bytes/hex.ts'
import type { DetailValue, Position } from './event.ts'

export type FieldCodec<T> = {
  write(value: T): CborValue | undefined
  read(value: CborValue): T | undefined
}

const MAX_NAMES = 64
const MAX_NAME_LENGTH = 64
const MAX_DETAIL_LENGTH = 1024
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A codec whose two sides are the same value, held to one rule. */
function same<T extends CborValue>(accepts: (value: unknown) => value is T): FieldCodec<T> {
  const check = (value: unknown) => (accepts(value) ? value : undefined)
  return { write: check, read: check }
}

export const uint = same(
  (value): value is number =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
)

/** Text of 1 to `maxLength` UTF-16 units, without lone surrogates. */
export function text(maxLength: number, pattern?: RegExp): FieldCodec<string> {
  return same(
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
    (value): value is Uint8Array => value instanceof Uint8Array && value.length === length,
  )
}

/** Signed 64 bits: amounts and counters. */
export const int64: FieldCodec<bigint> = {
  write: value => (isInt64(value) ? value : undefined),
  read: value => {
    const wide = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    return isInt64(wide) ? wide : undefined
  },
}

/** A word of a closed list, as its number. */
export function word<K extends string>(numbers: Readonly<Record<K, number>>): FieldCodec<K> {
  const names = new Map<CborValue, K>()
  for (const name of Object.keys(numbers) as K[]) names.set(numbers[name], name)
  return {
    write: name => (Object.hasOwn(numbers, name) ? numbers[name] : undefined),
    read: value => names.get(value),
  }
}

/** A UUID: 16 bytes on the wire, lower-case text in TypeScript. */
export const uuid: FieldCodec<string> = {
  write: value => (UUID.test(value) ? fromHex(value.replaceAll('-', '')) : undefined),
  read: value =>
    value instanceof Uint8Array && value.length === 16 ? dashed(toHex(value)) : undefined,
}

export const position: FieldCodec<Position> = {
  write: ({ latitudeE7, longitudeE7 }) =>
    isPosition(latitudeE7, longitudeE7) ? [latitudeE7, longitudeE7] : undefined,
  read: value => {
    if (!Array.isArray(value) || value.length !== 2) return undefined
    const [latitudeE7, longitudeE7] = value
    return isPosition(latitudeE7, longitudeE7) ? { latitudeE7, longitudeE7 } : undefined
  },
}

const detailValue: FieldCodec<DetailValue> = same((value): value is DetailValue => {
  if (typeof value === 'string') return value.isWellFormed() && value.length <= MAX_DETAIL_LENGTH
  if (typeof value === 'bigint') return isInt64(value)
  return typeof value === 'boolean' || isDetailNumber(value)
})

/** Named values; names are 1 to 64 characters, at most 64 of them. */
function named<T>(item: FieldCodec<T>): FieldCodec<Record<string, T>> {
  return {
    write: record => allWritten(Object.entries(record), item),
    read: value => (value instanceof Map ? allRead(value, item) : undefined),
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

function allRead<T>(map: ReadonlyMap<CborValue, CborValue>, item: FieldCodec<T>) {
  if (map.size > MAX_NAMES) return undefined
  const entries: [string, T][] = []
  for (const [name, value] of map) {
    const read = item.read(value)
    if (!isName(name) || read === undefined) return undefined
    entries.push([name, read])
  }
  return Object.fromEntries(entries)
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

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
