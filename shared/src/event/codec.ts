/**
 * Events to and from deterministic CBOR maps with small integer keys, as in docs/wire/event.cddl.
 * Three tables say which key is which field; unknown keys, missing fields and values out of range
 * are refused in both directions, so nothing is written that could not be read again.
 */

import { type CborValue, encodeCbor } from '../bytes/cbor.ts'
import { CrookedCbor, readWhole, takeMap, takeUint } from '../bytes/cbor-cursor.ts'
import { TillproofError } from '../errors.ts'
import type { Genesis, OpenEvent, SealedEvent } from './event.ts'
import { EVENT_KINDS, SALE_RESULTS, TENDERS } from './event.ts'
import type { FieldCodec } from './fields.ts'
import {
  byteString,
  detail,
  int64,
  meters,
  outOfRange,
  position,
  text,
  uint,
  uuid,
  word,
} from './fields.ts'

export const MAX_OPEN_BYTES = 8192
export const MAX_SEALED_BYTES = 16_384

/** Keys are below 31, a bit of a number each. */
type Field<T> = { key: number; required?: true; codec: FieldCodec<T> }
type Table<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> }
type AnyTable = Readonly<Record<string, Field<unknown>>>

const genesisTable: Table<Genesis> = {
  model: { key: 1, required: true, codec: text(128) },
  controllerSerial: { key: 2, required: true, codec: text(128) },
  tlsFingerprint: { key: 3, required: true, codec: byteString(32) },
  evidenceKey: { key: 4, required: true, codec: byteString(32) },
  agentVersion: { key: 5, required: true, codec: text(64) },
  previousOrigin: { key: 6, codec: text(256) },
  previousHead: { key: 7, codec: text(1024) },
}

const openTable: Table<OpenEvent> = {
  kind: { key: 1, required: true, codec: word(EVENT_KINDS) },
  index: { key: 2, required: true, codec: uint },
  atMs: { key: 3, required: true, codec: uint },
  monotonicMs: { key: 4, required: true, codec: uint },
  bootId: { key: 5, required: true, codec: byteString(8) },
  sale: { key: 6, codec: uint },
  amountMinor: { key: 7, codec: int64 },
  currency: { key: 8, codec: text(3, /^[A-Z]{3}$/) },
  item: { key: 9, codec: text(64) },
  result: { key: 10, codec: word(SALE_RESULTS) },
  position: { key: 11, codec: position },
  orderId: { key: 12, codec: uuid },
  meters: { key: 13, codec: meters },
  port: { key: 14, codec: text(64) },
  detail: { key: 15, codec: detail },
  genesis: { key: 16, codec: record(genesisTable) },
  tender: { key: 17, codec: word(TENDERS) },
}

const sealedTable: Table<SealedEvent> = {
  payer: { key: 1, codec: text(256) },
  plate: { key: 2, codec: text(32) },
  text: { key: 3, codec: text(4096) },
}

const openRecord = record(openTable)
const sealedRecord = record(sealedTable)

/** @throws TillproofError `event.invalid` when a field is out of its range. */
export function encodeOpen(event: OpenEvent): Uint8Array {
  return write(openRecord, event, MAX_OPEN_BYTES, isSound(event))
}

/** @throws TillproofError `event.invalid` unless the bytes are exactly one valid open part. */
export function decodeOpen(bytes: Uint8Array): OpenEvent {
  const event = read(openRecord, bytes, MAX_OPEN_BYTES)
  if (!isSound(event)) throw invalid('its fields contradict each other')
  return event
}

/** @throws TillproofError `event.invalid` when a field is out of its range. */
export function encodeSealed(event: SealedEvent): Uint8Array {
  return write(sealedRecord, event, MAX_SEALED_BYTES, true)
}

/** @throws TillproofError `event.invalid` unless the bytes are exactly one valid sealed part. */
export function decodeSealed(bytes: Uint8Array): SealedEvent {
  return read(sealedRecord, bytes, MAX_SEALED_BYTES)
}

/** Rules between fields. */
function isSound(event: OpenEvent): boolean {
  const isGenesis = event.kind === 'genesis'
  return (
    (event.amountMinor === undefined) === (event.currency === undefined) &&
    isGenesis === (event.genesis !== undefined) &&
    isGenesis === (event.index === 0) &&
    (event.sale === undefined || event.sale <= event.index)
  )
}

function write<T>(codec: FieldCodec<T>, value: T, maxBytes: number, sound: boolean): Uint8Array {
  const map = codec.write(value)
  if (map === undefined || !sound) throw invalid('a field is missing, unknown or out of range')
  const bytes = encodeCbor(map)
  if (bytes.length > maxBytes) throw invalid(`it is longer than ${maxBytes} bytes`)
  return bytes
}

function read<T>(codec: FieldCodec<T>, bytes: Uint8Array, maxBytes: number): T {
  if (bytes.length > maxBytes) throw invalid(`it is longer than ${maxBytes} bytes`)
  const result = readWhole(bytes, codec.take)
  if ('fault' in result) throw invalid(result.fault)
  return result.value
}

/** A table of fields as a codec of the whole map; what every event needs is worked out once. */
function record<T>(typed: Table<T>): FieldCodec<T> {
  const table: AnyTable = typed
  const fields = Object.entries(table).map(([name, field]) => ({ name, ...field }))
  const byKey = Object.fromEntries(fields.map(field => [field.key, field]))
  const required = fields.filter(field => field.required).map(({ name }) => name)
  const requiredKeys = required.reduce((bits, name) => bits | (1 << (table[name]?.key ?? 0)), 0)
  const hasRequired = (value: Record<string, unknown>) =>
    required.every(name => value[name] !== undefined)
  return {
    write(value) {
      const given: Record<string, unknown> = Object.assign({}, value)
      return hasRequired(given) ? writeFields(table, given) : undefined
    },
    take(cursor) {
      const result: Record<string, unknown> = {}
      let keys = 0
      let before = 0
      for (let left = takeMap(cursor); left > 0; left--) {
        const key = Number(takeUint(cursor))
        const field = byKey[key] ?? outOfRange()
        // Integers stand in the order of their bytes when they rise.
        if (key <= before) throw new CrookedCbor('keys are out of order or twice')
        before = key
        keys |= 1 << key
        result[field.name] = field.codec.take(cursor)
      }
      return (keys & requiredKeys) === requiredKeys ? (result as T) : outOfRange()
    },
  }
}

function writeFields(table: AnyTable, given: Record<string, unknown>): CborValue | undefined {
  const map = new Map<CborValue, CborValue>()
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const field = Object.hasOwn(table, name) ? table[name] : undefined
    const written = field?.codec.write(value)
    if (!field || written === undefined) return undefined
    map.set(field.key, written)
  }
  return map
}

function invalid(reason: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'event.invalid',
    `The event part is not valid: ${reason}.`,
    'Compare it with docs/wire/event.cddl.',
    { cause },
  )
}
