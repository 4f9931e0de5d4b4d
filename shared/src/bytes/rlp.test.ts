/** RLP by the examples of Ethereum's own documentation, and every second spelling refused. */
import { describe, expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import { fromHex } from './hex.ts'
import { decodeRlp, type RlpItem } from './rlp.ts'

const decode = (hex: string) => decodeRlp(fromHex(hex) ?? expect.unreachable())
const none = new Uint8Array()
const nested = (depth: number) =>
  Array.from({ length: depth }, (_, at) => (0xc0 + depth - 1 - at).toString(16)).join('')
const lorem = 'Lorem ipsum dolor sit amet, consectetur adipisicing elit'

describe('published examples', () => {
  test.each<[string, string, RlpItem]>([
    ['the string "dog"', '83646f67', utf8('dog')],
    ['the list of "cat" and "dog"', 'c88363617483646f67', [utf8('cat'), utf8('dog')]],
    ['the empty string', '80', none],
    ['the empty list', 'c0', []],
    ['the byte 0x00', '00', Uint8Array.of(0)],
    ['the byte 0x0f', '0f', Uint8Array.of(15)],
    ['the bytes 0x04 0x00', '820400', Uint8Array.of(4, 0)],
    ['the set of three', 'c7c0c1c0c3c0c1c0', [[], [[]], [[], [[]]]]],
    ['56 letters', `b838${Buffer.from(lorem).toString('hex')}`, utf8(lorem)],
  ])('%s', (_what, hex, item) => {
    expect(decode(hex)).toEqual(item)
  })
})

test.each([
  ['nothing at all', ''],
  ['a small byte as a string', '8105'],
  ['a string that ends early', '83646f'],
  ['a byte too many', '83646f6700'],
  ['a long length for a short string', 'b803646f67'],
  ['a length that begins with zero', `b90038${'61'.repeat(56)}`],
  ['a length without its bytes', 'b8'],
  ['a length beyond all memory', 'bfffffffffffffffff'],
  ['a list that ends inside its item', 'c283646f67'],
  ['lists in lists without end', nested(20)],
])('%s is refused', (_what, hex) => {
  expect(decode(hex)).toBeUndefined()
})
