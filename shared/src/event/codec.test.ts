/** Events against vectors that another implementation computed, round trips, hostile bytes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/event.json' with { type: 'json' }
import { toHex } from '../bytes/hex.ts'
import { bytes, hex } from '../testing/bytes.ts'
import { anyOpenEvent, anySealedEvent } from '../testing/events.ts'
import { decodeOpen, decodeSealed, encodeOpen, encodeSealed } from './codec.ts'
import type { OpenEvent } from './event.ts'

const invalid = expect.objectContaining({ code: 'event.invalid' })

describe('golden vectors', () => {
  test.each(vectors.open)('open: $name', ({ event, hex: text }) => {
    const decoded = decodeOpen(hex(text))
    expect(asJson(decoded)).toEqual(event)
    expect(toHex(encodeOpen(decoded))).toBe(text)
  })

  test.each(vectors.sealed)('sealed: $name', ({ event, hex: text }) => {
    expect(decodeSealed(hex(text))).toEqual(event)
    expect(toHex(encodeSealed(event))).toBe(text)
  })

  test.each(vectors.malformedOpen)('malformed: $name', ({ hex: text }) => {
    expect(() => decodeOpen(hex(text))).toThrowError(invalid)
  })
})

test('events survive the round trip', () => {
  fc.assert(
    fc.property(anyOpenEvent, event => {
      expect(decodeOpen(encodeOpen(event))).toEqual(event)
    }),
  )
})

test('sealed parts survive the round trip', () => {
  fc.assert(
    fc.property(anySealedEvent, event => {
      expect(decodeSealed(encodeSealed(event))).toEqual(event)
    }),
  )
})

test('no bytes do anything but decode or be refused with the code', () => {
  const event = encodeOpen(base)
  const damaged = fc.tuple(fc.nat({ max: event.length - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(damaged, bytes({ maxLength: 4 }), ([at, byte], tail) => {
      const input = Uint8Array.from([...event, ...tail])
      input[at] = byte
      try {
        expect(encodeOpen(decodeOpen(input))).toEqual(input)
      } catch (error) {
        expect(error).toMatchObject({ code: 'event.invalid' })
      }
    }),
    { numRuns: 1000 },
  )
})

const base: OpenEvent = {
  kind: 'custom',
  index: 3,
  atMs: 1,
  monotonicMs: 1,
  bootId: new Uint8Array(8),
}

describe('what cannot be written', () => {
  test.each<[string, Record<string, unknown>]>([
    ['an unknown kind', { kind: 'coffee' }],
    ['a kind of the prototype', { kind: 'toString' }],
    ['a negative index', { index: -1 }],
    ['a fraction of a millisecond', { atMs: 1.5 }],
    ['an index beyond the safe range', { index: 2 ** 53 }],
    ['a genesis that is not first', { genesis: {}, kind: 'genesis' }],
    ['an event at 0 that is no genesis', { index: 0 }],
    ['an amount of more than 64 bits', { amountMinor: 2n ** 63n, currency: 'CNY' }],
    ['a currency alone', { currency: 'CNY' }],
    ['an empty item', { item: '' }],
    ['half of a surrogate pair', { item: '\ud83d' }],
    ['a long item', { item: 'x'.repeat(65) }],
    ['an order id in upper case', { orderId: '0190F5C2-7A5B-7C1D-8E2F-0123456789AB' }],
    ['a name that objects cannot hold', { detail: JSON.parse('{"__proto__": 1}') }],
    ['not a number', { detail: { x: Number.NaN } }],
    [
      'too many names',
      { detail: Object.fromEntries([...Array(65).keys()].map(n => [`n${n}`, n])) },
    ],
    ['a field nobody knows', { colour: 'red' }],
    ['a long sealed text in the open part', { detail: manyTexts() }],
  ])('%s', (_, fields) => {
    expect(() => encodeOpen({ ...base, ...fields } as OpenEvent)).toThrowError(invalid)
  })

  test('fields that are undefined are left out', () => {
    const event = { ...base, item: undefined } as unknown as OpenEvent
    expect(decodeOpen(encodeOpen(event))).toEqual(base)
  })
})

function manyTexts(): Record<string, string> {
  return Object.fromEntries([...Array(10).keys()].map(n => [`text${n}`, 'x'.repeat(1000)]))
}

/** As the vectors write events: bytes as hex, wide integers as decimal text. */
function asJson(event: OpenEvent): unknown {
  return JSON.parse(
    JSON.stringify(event, (_, value: unknown) => {
      if (value instanceof Uint8Array) return toHex(value)
      return typeof value === 'bigint' ? String(value) : value
    }),
  )
}
