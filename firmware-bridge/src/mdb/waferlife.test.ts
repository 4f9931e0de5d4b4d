/** Waferlife boxes in both directions: framing, prices, questions, and what is refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, hexBytes } from '../testing/samples.ts'
import type { HostCommand } from './qibixx.ts'
import { encodeWaferText, MAX_WAFER_BYTES, waferFramer, withCheck } from './waferlife.ts'
import {
  stepWaferMaster,
  type WaferMasterEffect,
  type WaferMasterInput,
  waferMasterAtStart,
} from './waferlife-master.ts'
import { decodeWaferReader, encodeWaferReader } from './waferlife-reader.ts'

const wafer = (hex: string) => ({ kind: 'wafer', bytes: hexBytes(hex) })

describe('the text of a box', () => {
  test('one frame, as a line and between STX and ETX', () => {
    expect(waferFramer().push(ascii('08 51 00\r\n'))).toEqual([wafer('08 51 00')])
    expect(waferFramer().push(ascii('\u0002140115\u0003'))).toEqual([wafer('14 01 15')])
  })

  test('two frames', () => {
    expect(waferFramer().push(ascii('00\r\n30 09\r\n'))).toEqual([wafer('00'), wafer('30 09')])
    expect(waferFramer().push(ascii('\u0002140115\u0003\u000213040417\u0003'))).toEqual([
      wafer('14 01 15'),
      wafer('13 04 04 17'),
    ])
  })

  test('split anywhere', () => {
    for (const text of ['08 51 00\r\n', '\u0002140115\u0003']) {
      for (let at = 0; at <= text.length; at++) {
        const framer = waferFramer()
        const found = [
          ...framer.push(ascii(text.slice(0, at))),
          ...framer.push(ascii(text.slice(at))),
        ]
        expect(found).toHaveLength(1)
        expect(found[0]).toHaveProperty('kind', 'wafer')
      }
    }
  })

  test('noise', () => {
    const found = waferFramer().push(Uint8Array.of(0x30, 0xff, 0x38, 0x0a, ...ascii('30 09\r\n')))
    expect(found).toEqual([
      { kind: 'discarded', reason: 'noise', bytes: Uint8Array.of(0x30, 0xff, 0x38) },
      wafer('30 09'),
    ])
    expect(waferFramer().push(ascii('CN0999-WFV\r\n'))[0]).toMatchObject({ reason: 'malformed' })
  })

  test('a frame that lost its beginning or its end is none', () => {
    expect(waferFramer().push(ascii('0115\u0003'))).toMatchObject([{ reason: 'truncated' }])
    expect(waferFramer().push(ascii('\u0002140115\r\n'))).toMatchObject([{ reason: 'truncated' }])
    expect(waferFramer().push(ascii('\u000213\u0002140115\u0003'))).toMatchObject([
      { reason: 'truncated' },
      wafer('14 01 15'),
    ])
    const framer = waferFramer()
    framer.push(ascii('08 5'))
    expect(framer.flush()).toMatchObject([{ reason: 'truncated' }])
  })

  test('oversize', () => {
    const framer = waferFramer()
    framer.push(ascii('0'.repeat(5000)))
    expect(framer.bufferedBytes()).toBe(MAX_WAFER_BYTES)
    expect(framer.push(ascii('\r\n30 09\r\n'))).toMatchObject([
      { reason: 'oversize' },
      wafer('30 09'),
    ])
    expect(waferFramer().push(ascii(`${'00'.repeat(37)}\r\n`))).toMatchObject([
      { reason: 'oversize' },
    ])
  })

  test('whatever a box says is heard', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 36 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(bytes, fc.constantFrom('line', 'stx')), { maxLength: 6 }),
        all => {
          const text = all.flatMap(([it, by]) => Array.from(encodeWaferText(it, by)))
          expect(waferFramer().push(Uint8Array.from(text))).toEqual(
            all.map(([it]) => ({ kind: 'wafer', bytes: it })),
          )
        },
      ),
    )
  })
})

describe('as a reader', () => {
  /** A box that told its setup: level 1, factor 10, 2 decimals. */
  const config = { currency: 'EUR', scale: { factor: 10, decimals: 2, currencyCode: '0972' } }
  const line = (hex: string, scale = config.scale) =>
    decodeWaferReader({ ...config, scale }, withCheck(hexBytes(hex))).line

  const cashSale = (reader: number, price: object | null, item: number | null) => {
    return { kind: 'cash-sale', reader, price, item }
  }

  test.each([
    ['10', { kind: 'status', status: 'inactive' }],
    ['14 01', { kind: 'status', status: 'enabled' }],
    ['14 00', { kind: 'status', status: 'disabled' }],
    ['13 00 00 0F 00 05', { kind: 'vend-asked', amount: '1.50', item: '5' }],
    ['63 00 00 0F 00 05', { kind: 'vend-asked', amount: '1.50', item: '5' }],
    ['13 02 00 05', { kind: 'vend-succeeded' }],
    ['13 03', { kind: 'vend-failed', code: 'vend-failure' }],
    ['13 01', { kind: 'status', status: 'idle' }],
    ['13 04', { kind: 'status', status: 'enabled' }],
    ['13 00 FF FF 00 05', { kind: 'unpriced' }],
    ['13 05 00 0F 00 05', cashSale(1, { scaled: 15, minor: 150n }, 5)],
    ['63 05 00 0F 00 05', cashSale(2, { scaled: 15, minor: 150n }, 5)],
    ['13 05 FF FF FF FF', cashSale(1, null, null)],
  ])('%s', (hex, said) => {
    expect(line(hex)).toEqual(said)
  })

  test('what arrives damaged is not half believed', () => {
    const bytes = hexBytes('13 00 00 0F 00 05 28')
    expect(decodeWaferReader(config, bytes).line).toMatchObject({ reason: 'bad-check' })
    expect(line('13 00 00')).toMatchObject({ reason: 'malformed' })
    expect(line('08 51 00')).toMatchObject({ reason: 'malformed' })
  })

  test('a price has no meaning before the scale is known', () => {
    const unknown = { currency: 'EUR', scale: null }
    const asked = withCheck(hexBytes('13 00 00 0F 00 05'))
    expect(decodeWaferReader(unknown, asked).line).toEqual({ kind: 'unpriced' })
    const sold = withCheck(hexBytes('13 05 00 0F 00 05'))
    const price = { scaled: 15, minor: null }
    expect(decodeWaferReader(unknown, sold).line).toEqual(cashSale(1, price, 5))
    const told = decodeWaferReader(unknown, hexBytes('01 01 09 72 0A 02 07 0D 9D'))
    expect(told.scale).toEqual(config.scale)
  })

  test.each([
    [{ kind: 'approve', amount: '1.50' }, '05 00 0F 14'],
    [{ kind: 'start', amount: '10.00' }, '03 00 64 67'],
    [{ kind: 'deny' }, '06 06'],
  ] satisfies [HostCommand, string][])('%j', (command, hex) => {
    expect(encodeWaferReader(config, command)).toEqual(hexBytes(hex))
  })

  test.each([
    { kind: 'approve', amount: '1.55' },
    { kind: 'approve', amount: '9999.00' },
    { kind: 'approve', amount: '-1.00' },
    { kind: 'version' },
    { kind: 'switch', on: true },
  ] satisfies HostCommand[])('unsaid: %j', command => {
    expect(encodeWaferReader(config, command)).toBeNull()
  })

  test('whatever is approved is the price that was asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xfffe }), scaled => {
        const hex = hexBytes('13 00 00 00 00 05')
        hex[2] = scaled >> 8
        hex[3] = scaled & 0xff
        const { line: asked } = decodeWaferReader(config, withCheck(hex))
        if (asked.kind !== 'vend-asked') return expect.fail(asked.kind)
        const approved = encodeWaferReader(config, { kind: 'approve', amount: asked.amount })
        expect(approved?.slice(1, 3)).toEqual(hex.slice(2, 4))
      }),
    )
  })
})

describe('as a master', () => {
  function drive(...inputs: WaferMasterInput[]): WaferMasterEffect[] {
    let state = waferMasterAtStart('EUR')
    return inputs
      .flatMap(input => {
        const step = stepWaferMaster(state, input)
        state = step.state
        return step.effects
      })
      .filter(({ type }) => type !== 'timer' && type !== 'stop-timer')
  }
  const heard = (hex: string): WaferMasterInput => ({ type: 'heard', bytes: hexBytes(hex) })
  const setup: WaferMasterInput = { type: 'ask', ask: 'setup', device: 'changer' }
  /** The answer in the box's own document, in euro and with its CHK. */
  const ANSWER = '03 19 78 05 02 00 03 01 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 A1'

  test('asks one thing at a time, and gives coins their values', () => {
    const accept: WaferMasterInput = { type: 'ask', ask: 'accept', device: 'changer' }
    const effects = drive(setup, accept, heard(ANSWER), heard('00'), heard('08 51 00'))
    expect(effects).toEqual([
      { type: 'send', bytes: hexBytes('09') },
      {
        type: 'news',
        news: {
          kind: 'cash-device',
          device: 'changer',
          level: 3,
          scale: { factor: 5, decimals: 2, currencyCode: '1978' },
        },
      },
      { type: 'answered', ask: 'setup', device: 'changer' },
      { type: 'send', bytes: hexBytes('0C FF FF FF FF') },
      { type: 'answered', ask: 'accept', device: 'changer' },
      { type: 'news', news: { kind: 'coin', route: 'tube', value: { scaled: 2, minor: 10n } } },
    ])
  })

  test('activity in the middle of a question is not its answer', () => {
    const effects = drive(setup, heard('08 51 00'), heard('30 09'), heard(ANSWER))
    expect(effects.map(({ type }) => type)).toEqual(['send', 'news', 'news', 'news', 'answered'])
  })

  test('a bill in escrow waits for its answer', () => {
    const effects = drive(heard('30 91'), { type: 'ask', ask: 'stack', device: 'bill-validator' })
    expect(effects).toEqual([
      { type: 'news', news: { kind: 'bill', route: 'escrow', value: null } },
      { type: 'send', bytes: hexBytes('35 01') },
    ])
  })

  test('silence is asked again, and then said', () => {
    const silence: WaferMasterInput = { type: 'timer' }
    const sent = { type: 'send', bytes: hexBytes('09') }
    const effects = drive(setup, silence, silence, silence)
    expect(effects).toEqual([
      sent,
      sent,
      sent,
      { type: 'unanswered', ask: 'setup', device: 'changer' },
    ])
    expect(drive(setup, heard('FF')).at(-1)).toMatchObject({ type: 'unanswered' })
  })

  test('what no document shows is refused, what nobody asked is said', () => {
    expect(drive({ type: 'ask', ask: 'stack', device: 'changer' })).toEqual([
      { type: 'refused', ask: 'stack', device: 'changer' },
    ])
    expect(drive(heard('00'))).toEqual([{ type: 'not-understood', bytes: hexBytes('00') }])
    expect(drive(setup, heard('03 19 78'))).toHaveLength(2)
  })
})
