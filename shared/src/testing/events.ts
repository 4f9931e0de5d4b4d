/** Events as fast-check draws them: every field that a machine may state, within its range. */
import fc from 'fast-check'
import { commit } from '../event/commitment.ts'
import type {
  EventKind,
  EventParts,
  OpenEvent,
  SaleResult,
  SealedEvent,
  Tender,
} from '../event/event.ts'
import { EVENT_KINDS, SALE_RESULTS, TENDERS } from '../event/event.ts'
import { bytes, bytesOf } from './bytes.ts'

const kinds = (Object.keys(EVENT_KINDS) as EventKind[]).filter(kind => kind !== 'genesis')
const results = Object.keys(SALE_RESULTS) as SaleResult[]
const tenders = Object.keys(TENDERS) as Tender[]
const shortText = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: maxLength / 4 }).filter(text => {
    return text.length <= maxLength
  })
const name = shortText(64).filter(text => text !== '__proto__')
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const degreeE7 = (limit: number) =>
  fc.integer({ min: -limit, max: limit }).map(value => (Object.is(value, -0) ? 0 : value))

/** Small bigints come back as numbers, so only wide ones are drawn. */
const detailValue = fc.oneof(
  shortText(200),
  fc.boolean(),
  fc.maxSafeInteger().map(value => (Object.is(value, -0) ? 0 : value)),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
)

const money = fc.option(
  fc.record({ amountMinor: int64, currency: fc.stringMatching(/^[A-Z]{3}$/) }),
  { nil: {} },
)

export const anyOpenEvent: fc.Arbitrary<OpenEvent> = fc
  .tuple(
    fc.record({
      kind: fc.constantFrom(...kinds),
      index: count.map(value => Math.max(1, value)),
      atMs: count,
      monotonicMs: count,
      bootId: bytesOf(8),
    }),
    fc.record(
      {
        item: shortText(64),
        result: fc.constantFrom(...results),
        tender: fc.constantFrom(...tenders),
        position: fc.record({
          latitudeE7: degreeE7(900_000_000),
          longitudeE7: degreeE7(1_800_000_000),
        }),
        orderId: fc.uuid(),
        meters: fc.dictionary(name, int64, { maxKeys: 6, noNullPrototype: true }),
        port: shortText(64),
        detail: fc.dictionary(name, detailValue, { maxKeys: 6, noNullPrototype: true }),
      },
      { requiredKeys: [] },
    ),
    money,
    fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  )
  .map(([required, optional, amount, back]) => {
    const sale = back === undefined ? {} : { sale: Math.floor(required.index * back) }
    return { ...required, ...optional, ...amount, ...sale }
  })

export const anySealedEvent: fc.Arbitrary<SealedEvent> = fc.record(
  { payer: shortText(256), plate: shortText(32), text: shortText(400) },
  { requiredKeys: [] },
)

export const anyParts: fc.Arbitrary<EventParts> = fc
  .tuple(
    bytes({ minLength: 1, maxLength: 200 }),
    bytesOf(16),
    fc.option(fc.tuple(bytes({ minLength: 1, maxLength: 100 }), bytesOf(16))),
  )
  .map(([open, openSalt, secret]) => ({
    open,
    openSalt,
    sealed: secret?.[0] ?? null,
    sealedSalt: secret?.[1] ?? null,
  }))

/** Parts as they are sent: as they were made, or after the sealed part was erased. */
export const anySentParts: fc.Arbitrary<EventParts> = fc
  .tuple(anyParts, fc.boolean())
  .map(([parts, isErased]) => {
    if (!isErased || parts.sealed === null) return parts
    return { ...parts, sealed: null, sealedSalt: null, sealedHash: commit(parts).slice(32) }
  })
