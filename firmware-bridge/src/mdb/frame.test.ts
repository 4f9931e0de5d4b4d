/** Blocks of the bus: the standard's own example, published exchanges, sums and addresses. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hexBytes, readSample } from '../testing/samples.ts'
import { readReaderAnswer, readVendCommand } from './cashless.ts'
import {
  bytesToHex,
  checkOf,
  commandByte,
  hexToBytes,
  peripheralOf,
  withoutCheck,
} from './frame.ts'
import { priceOf } from './price.ts'
import { withCheck } from './waferlife.ts'

const sample = readSample('wire/mdb-frames.json')
describe.skipIf(sample === undefined)('shared vectors', () => {
  type Vectors = {
    chk_example: { block: string; chk: string }
    reader_config: { resp: string }
    vend_request: { cmd: string }
    vend_success: { cmd: string }
    cash_sale: { cmd: string }
  }
  const none =
    '{"chk_example":{},"reader_config":{},"vend_request":{},"vend_success":{},"cash_sale":{}}'
  const vectors: Vectors = JSON.parse(sample ?? none)
  const data = (command: string) => hexBytes(command).subarray(1)

  test('the sum of the standard’s worked example', () => {
    const { block, chk } = vectors.chk_example
    expect(checkOf(hexBytes(block))).toBe(Number.parseInt(chk, 16))
  })

  test('a reader’s configuration', () => {
    expect(readReaderAnswer(hexBytes(vectors.reader_config.resp), false)).toEqual([
      {
        kind: 'config',
        level: 3,
        scale: { factor: 1, decimals: 2, currencyCode: '1756' },
        reportsCashSales: false,
      },
    ])
  })

  test('vend commands', () => {
    const priced = { price: 100, item: 5, wide: false }
    expect(readVendCommand(data(vectors.vend_request.cmd))).toEqual({ kind: 'request', ...priced })
    expect(readVendCommand(data(vectors.cash_sale.cmd))).toEqual({ kind: 'cash-sale', ...priced })
    expect(readVendCommand(data(vectors.vend_success.cmd))).toEqual({ kind: 'success', item: 5 })
  })
})

test('who is meant by a command', () => {
  expect([0x0b, 0x13, 0x33, 0x62, 0x08].map(peripheralOf)).toEqual([
    ...['changer', 'cashless-1', 'bill-validator', 'cashless-2', 'changer'],
  ])
  expect(peripheralOf(0x40)).toBeUndefined()
  expect(commandByte('cashless-2', 3)).toBe(0x63)
})

test('several messages in one answer; nothing behind one of unknown length', () => {
  const kinds = (hex: string) => readReaderAnswer(hexBytes(hex), false).map(({ kind }) => kind)
  expect(kinds('07 05 00 64')).toEqual(['end-session', 'approved'])
  expect(kinds('03 00 64 05 00 64')).toEqual(['begin-session'])
  expect(kinds('FF 05 00 64')).toEqual([])
  expect(kinds('05 00')).toEqual([])
})

test.each([
  ['13 00', '00'],
  ['vend', '00 00'],
  ['vend with a currency of its own', '05 00 00 00 64 00 05 19 78'],
  ['success', '02 00'],
  ['unknown', '09'],
])('not understood: %s', (_name, hex) => {
  expect(readVendCommand(hexBytes(hex))).toBeUndefined()
})

describe('prices', () => {
  const scale = { factor: 5, decimals: 2, currencyCode: '1156' }
  test.each([
    [70, scale, 'CNY', 350n],
    [70, { ...scale, factor: 1, decimals: 0 }, 'CNY', 7000n],
    [70, { ...scale, currencyCode: '1392', decimals: 0 }, 'JPY', 350n],
    [70, { ...scale, currencyCode: '1414', decimals: 3 }, 'KWD', 350n],
    [70, { ...scale, decimals: 3, factor: 10 }, 'CNY', 70n],
    [7, { ...scale, decimals: 3 }, 'CNY', null],
    [70, scale, 'EUR', null],
    [70, { ...scale, currencyCode: '0086' }, 'EUR', 350n],
    [70, null, 'CNY', null],
  ])('%s by %j in %s', (scaled, by, currency, minor) => {
    expect(priceOf(scaled, by, currency)).toEqual({ scaled, minor })
  })
})

test('blocks and hex, there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 35 }), block => {
      expect(withoutCheck(withCheck(block))).toEqual(block)
      expect(hexToBytes(bytesToHex(block))).toEqual(block)
    }),
  )
  expect(hexToBytes('0')).toBeUndefined()
  expect(hexToBytes('0G')).toBeUndefined()
})
