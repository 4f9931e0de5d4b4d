/** Deterministic both ways: RFC 8949's examples, round trips, and every other spelling refused. */
import { decode, encode } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, hex } from '../testing/bytes.ts'
import { equal } from './bytes.ts'
import type { CborValue } from './cbor.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { toHex } from './hex.ts'

const invalid = expect.objectContaining({ code: 'cbor.invalid' })
const unencodable = expect.objectContaining({ code: 'cbor.unencodable' })

/** Rows of RFC 8949 Appendix A that our formats may use. */
const examples: [CborValue, string][] = [
  [0, '00'],
  [23, '17'],
  [24, '1818'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [18446744073709551615n, '1bffffffffffffffff'],
  [-1, '20'],
  [-1000, '3903e7'],
  [-9007199254740991, '3b001ffffffffffffe'],
  [-9007199254740992n, '3b001fffffffffffff'],
  [-9223372036854775808n, '3b7fffffffffffffff'],
  [1.5, 'f93e00'],
  [100000.5, 'fa47c35040'],
  [1.1, 'fb3ff199999999999a'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [hex('01020304'), '4401020304'],
  ['IETF', '6449455446'],
  ['\u6c34', '63e6b0b4'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [
    new Map<CborValue, CborValue>([
      [1, 2],
      [3, 4],
    ]),
    'a201020304',
  ],
]

describe('RFC 8949 Appendix A', () => {
  test.each(examples)('%s is %s', (value, text) => {
    expect(toHex(encodeCbor(value))).toBe(text)
    expect(decodeCbor(hex(text))).toEqual(value)
  })
})

const leaf = fc.oneof(
  fc.maxSafeInteger().filter(n => !Object.is(n, -0)),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'grapheme' }),
  bytes({ maxLength: 40 }),
)
const { value: anyValue } = fc.letrec<{ value: CborValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.nat(), fc.string()), tie('value')), {
        selector: ([key]) => key,
        maxLength: 5,
      })
      .map(entries => new Map<CborValue, CborValue>(entries)),
  ),
}))

test('values survive the round trip, and keys come back sorted', () => {
  fc.assert(
    fc.property(anyValue, value => {
      const encoded = encodeCbor(value)
      expect(encodeCbor(decodeCbor(encoded))).toEqual(encoded)
      expect(decodeCbor(encoded)).toEqual(value)
    }),
  )
})

test('bytes that decode at all encode to themselves', () => {
  fc.assert(
    fc.property(bytes({ maxLength: 24 }), input => {
      try {
        expect(encodeCbor(decodeCbor(input))).toEqual(input)
      } catch (error) {
        expect(error).toMatchObject({ code: 'cbor.invalid' })
      }
    }),
    { numRuns: 2000 },
  )
})

test('what is written is what the library writes', () => {
  fc.assert(
    fc.property(anyValue, value => {
      expect(toHex(encodeCbor(value))).toBe(toHex(encode(value, { cde: true })))
    }),
  )
})

/** What the library makes of the bytes, where that is the one spelling of a value we allow. */
function readByLibrary(input: Uint8Array): { value: CborValue } | 'refused' {
  try {
    const value = decode(input, { cde: true, preferMap: true, maxDepth: 16 }) as CborValue
    return equal(encodeCbor(value), input) ? { value } : 'refused'
  } catch {
    return 'refused'
  }
}

function readByUs(input: Uint8Array): { value: CborValue } | 'refused' {
  try {
    return { value: decodeCbor(input) }
  } catch {
    return 'refused'
  }
}

/** Encodings with a few bytes changed come nearest to what is not quite deterministic. */
const damaged = fc
  .tuple(anyValue, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 3 }))
  .map(([value, changes]) => {
    const input = encodeCbor(value)
    for (const [at, byte] of changes) input[at % input.length] = byte
    return input
  })

test('what is read is what the library reads, and what it refuses is refused', () => {
  fc.assert(
    fc.property(fc.oneof(damaged, bytes({ maxLength: 24 })), input => {
      // The library reads -2^53 as a number, which is none of the safe integers.
      fc.pre(!toHex(input).includes('3b001fffffffffffff'))
      expect(readByUs(input)).toEqual(readByLibrary(input))
    }),
    { numRuns: 5000 },
  )
})

test('floats take the shortest of three lengths, down to the smallest half', () => {
  const floats: [number, string][] = [
    [2 ** -24, 'f90001'],
    [2 ** -14, 'f90400'],
    [1023 * 2 ** -24, 'f903ff'],
    [-4.1, 'fbc010666666666666'],
    [0.333251953125, 'f93555'],
    [1.0009765625, 'f93c01'],
    [1.00048828125, 'fa3f801000'],
    [2 ** -25, 'fa33000000'],
  ]
  for (const [value, text] of floats) {
    expect(toHex(encodeCbor(value))).toBe(text)
    expect(decodeCbor(hex(text))).toBe(value)
  }
})

test('a Buffer is a byte string, not an object', () => {
  expect(toHex(encodeCbor([Buffer.from([1, 2])]))).toBe('81420102')
  expect(decodeCbor(Buffer.from('420102', 'hex'))).toEqual(Uint8Array.of(1, 2))
})

test.each([
  ['nothing', ''],
  ['two items', '0001'],
  ['a long integer', '1800'],
  ['a long length', '580100'],
  ['a long float', 'fb3ff8000000000000'],
  ['a float that is an integer', 'f93c00'],
  ['infinity', 'f97c00'],
  ['not a number', 'f97e00'],
  ['negative zero', 'f98000'],
  ['a duplicate key', 'a201010102'],
  ['unsorted keys', 'a202010101'],
  ['an indefinite array', '9f01ff'],
  ['an indefinite string', '5f4101ff'],
  ['a tag', 'c100'],
  ['a big number', 'c249010000000000000000'],
  ['an integer below 64 bits', '3bffffffffffffffff'],
  ['undefined', 'f7'],
  ['another simple value', 'f0'],
  ['text that is not UTF-8', '61ff'],
  ['half an item', '8201'],
  ['a length beyond the input', '5b7fffffffffffffff'],
  ['deep nesting', `${'81'.repeat(40)}00`],
])('%s is refused', (_, text) => {
  expect(() => decodeCbor(hex(text))).toThrowError(invalid)
})

test.each<[string, CborValue]>([
  ['an unsafe integer', 2 ** 53],
  ['infinity', Number.POSITIVE_INFINITY],
  ['negative zero', -0],
  ['an integer beyond 64 bits', 2n ** 64n],
  ['half of a surrogate pair', '\ud800'],
  ['an integer below 64 bits', -(2n ** 63n) - 1n],
  ['a plain object', {} as never],
  ['undefined', [undefined as never]],
  ['deep nesting', nested(17)],
  [
    'one key in two spellings',
    new Map<CborValue, CborValue>([
      [1, 1],
      [1n, 2],
    ]),
  ],
])('%s is not encoded', (_, value) => {
  expect(() => encodeCbor(value)).toThrowError(unencodable)
})

function nested(depth: number): CborValue {
  return depth === 0 ? 0 : [nested(depth - 1)]
}

describe('more items than our formats can have', () => {
  const refused = expect.objectContaining({ message: expect.stringContaining('too many items') })
  const arrayOf = (item: string, count: number) =>
    hex(`9a${count.toString(16).padStart(8, '0')}${item.repeat(count)}`)

  test.each(['00', '80', 'a0', '60', '40', 'f6', 'f93e00', '8180', '1818'])(
    'a small message of millions of %s is refused before anything is built',
    item => {
      expect(() => decodeCbor(arrayOf(item, 1_000_000))).toThrowError(refused)
    },
  )

  test('an indefinite length does not hide them', () => {
    expect(() => decodeCbor(hex(`9f${'80'.repeat(200_000)}ff`))).toThrowError(invalid)
  })

  test('long strings are one item each, whatever is in them', () => {
    const value = ['a'.repeat(500_000), new Uint8Array(500_000)]
    expect(decodeCbor(encodeCbor(value))).toEqual(value)
  })

  test('a batch of the most entries is not too many', () => {
    const entry = [new Uint8Array(1), new Uint8Array(16), null, null]
    const batch = Array.from({ length: 16_384 }, () => entry)
    expect(decodeCbor(encodeCbor([1, 2, batch, 'head']))).toHaveLength(4)
  })
})
