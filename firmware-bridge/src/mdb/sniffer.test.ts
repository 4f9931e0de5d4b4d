/** Buses as adapters report them, and what a listener makes of them. */
import { describe, expect, test } from 'vitest'
import { mdbSniffer } from './sniffer.ts'
import type { SnifferConfig } from './sniffer-state.ts'

/** The example of the adapter's document: a reader is switched on and tells its setup. */
const SETUP = [
  'x,00,0006526578,10,',
  'x,00,0006527672,10,',
  'x,80,0006527730,ACK',
  'x,00,0006528766,12,',
  'x,80,0006528824,00',
  'x,00,0006528848,ACK',
  'x,00,0006529862,11,0003000000',
  'x,80,0006529978,ACK',
  'x,00,0006530956,12,',
  'x,80,0006531012,0103175601021e00',
  'x,00,0006531118,ACK',
]
const SCALE = { factor: 1, decimals: 2, currencyCode: '1756' }

/** Exchanges 10 ms apart: `13 00 0064 0005 | ACK`, `12 | 05 0064`, `12 |` (nobody answers). */
function bus(...exchanges: string[]): string[] {
  let at = 7_000_000
  return exchanges.flatMap(exchange => {
    const [asked = '', answer = ''] = exchange.replaceAll(' ', '').split('|')
    at += 100
    const stamp = (after: number) => String(at + after).padStart(10, '0')
    const lines = [`x,00,${stamp(0)},${asked.slice(0, 2)},${asked.slice(2)}`]
    if (answer === '') return lines
    lines.push(`x,80,${stamp(60)},${answer}`)
    return answer === 'ACK' || answer === 'NAK' ? lines : [...lines, `x,00,${stamp(80)},ACK`]
  })
}

function listen(lines: string[], config: Partial<SnifferConfig> = {}) {
  const sniffer = mdbSniffer({ currency: 'CHF', assumedScale: null, ...config })
  const facts = lines.flatMap(line => {
    const heard = sniffer.hear(line)
    return 'reason' in heard ? expect.fail(line) : heard
  })
  return [...facts, ...sniffer.silence()].map(({ atTenthMs: _, ...fact }) => fact)
}

const UP = [
  { kind: 'reset', peripheral: 'cashless-1' },
  { kind: 'reader', reader: 1, level: 3, scale: SCALE, reportsCashSales: false },
]
const PRICE = { scaled: 100, minor: 100n }
const ASKED = { reader: 1, vend: 1, item: 5, price: PRICE }
const REQUEST = '13 00 0064 0005 | ACK'
const APPROVAL = '12 | 05 0064'

describe('a cashless sale', () => {
  test('told to its end', () => {
    const sale = bus(REQUEST, '12 | ACK', APPROVAL, '13 02 0005 | ACK', '13 04 | 07')
    expect(listen([...SETUP, ...sale])).toEqual([
      ...UP,
      { kind: 'requested', ...ASKED },
      { kind: 'approved', ...ASKED },
      { kind: 'succeeded', ...ASKED },
    ])
  })

  test('of another amount than asked: the approved one counts', () => {
    const [, , , approved, succeeded] = listen([
      ...SETUP,
      ...bus(REQUEST, '12 | 05 005A', '13 02 0005 | ACK'),
    ])
    expect(approved).toMatchObject({ kind: 'approved', price: { scaled: 90, minor: 90n } })
    expect(succeeded).toMatchObject({ kind: 'succeeded', price: { scaled: 90, minor: 90n } })
  })

  test.each([
    ['failed', '13 03 | ACK', { kind: 'failed', ...ASKED }],
    ['cancelled after all', '13 01 | 06', { kind: 'failed', ...ASKED }],
    ['ended without a word', '13 04 | 07', { kind: 'presumed', because: 'session-over', ...ASKED }],
  ])('approved and then %s', (_name, end, fact) => {
    expect(listen([...SETUP, ...bus(REQUEST, APPROVAL, end)]).at(-1)).toEqual(fact)
  })

  test('and a reset before its outcome: presumed', () => {
    expect(listen([...SETUP, ...bus(REQUEST, APPROVAL, '10 | ACK')]).slice(-2)).toEqual([
      { kind: 'presumed', because: 'reset', ...ASKED },
      { kind: 'reset', peripheral: 'cashless-1' },
    ])
  })

  test('and the next request before its outcome: presumed', () => {
    const facts = listen([...SETUP, ...bus(REQUEST, APPROVAL, '13 00 00C8 0006 | ACK')])
    expect(facts.slice(-2)).toEqual([
      { kind: 'presumed', because: 'next-request', ...ASKED },
      { kind: 'requested', reader: 1, vend: 2, item: 6, price: { scaled: 200, minor: 200n } },
    ])
  })

  test.each([
    ['denied', '12 | 06', 'denied'],
    ['taken back', '13 01 | ACK', 'cancelled'],
    ['given up', '13 04 | 07', 'cancelled'],
  ])('%s is none', (_name, end, kind) => {
    expect(listen([...SETUP, ...bus(REQUEST, end)]).at(-1)).toEqual({ kind, ...ASKED })
  })
})

describe('commands said twice are one', () => {
  test.each([
    ['the request', [REQUEST.replace('ACK', ''), REQUEST, APPROVAL, '13 02 0005 | ACK']],
    ['the outcome', [REQUEST, APPROVAL, '13 02 0005 |', '12 | ACK', '13 02 0005 | ACK']],
    ['the approval', [REQUEST, APPROVAL, APPROVAL, '13 02 0005 | ACK']],
  ])('%s', (_name, exchanges) => {
    const kinds = listen([...SETUP, ...bus(...exchanges)]).map(fact => fact.kind)
    expect(kinds).toEqual(['reset', 'reader', 'requested', 'approved', 'succeeded'])
  })

  test('a cash sale; taken at once, the same again is another one', () => {
    const sold = (...exchanges: string[]) =>
      listen(bus(...exchanges)).filter(({ kind }) => kind === 'cash-sale').length
    expect(sold('13 05 0064 0005 |', '12 | ACK', '13 05 0064 0005 | ACK')).toBe(1)
    expect(sold('13 05 0064 0005 | ACK', '12 | ACK', '13 05 0064 0005 | ACK')).toBe(2)
  })
})

describe('money', () => {
  const cashSale = (setup: string[], exchange: string, config?: Partial<SnifferConfig>) =>
    listen([...setup, ...bus(exchange)], config).find(({ kind }) => kind === 'cash-sale')

  test('is unknown before the reader told its scale, unless one is assumed', () => {
    const sale = '13 05 0064 0005 | ACK'
    expect(cashSale([], sale)).toMatchObject({ price: { scaled: 100, minor: null } })
    const assumedScale = { factor: 5, decimals: 2, currencyCode: '0041' }
    expect(cashSale([], sale, { assumedScale })).toMatchObject({
      price: { scaled: 100, minor: 500n },
    })
  })

  test('of a reader in another currency is not ours', () => {
    expect(cashSale(SETUP, '13 05 0064 0005 | ACK', { currency: 'EUR' })).toMatchObject({
      price: { scaled: 100, minor: null },
    })
  })

  test('of 32 bits, and unknown prices and items', () => {
    expect(cashSale(SETUP, '13 05 00012345 0005 | ACK')).toMatchObject({
      price: { scaled: 0x12345, minor: 74_565n },
    })
    expect(cashSale(SETUP, '13 05 FFFF FFFF | ACK')).toEqual({
      kind: 'cash-sale',
      reader: 1,
      price: null,
      item: null,
    })
  })

  test('of the second reader', () => {
    const facts = listen(bus('63 00 0064 0005 | ACK', '62 | 05 0064', '63 02 0005 | ACK'))
    expect(facts.map(fact => fact.kind)).toEqual(['requested', 'approved', 'succeeded'])
    expect(facts[0]).toMatchObject({ reader: 2 })
  })
})

describe('cash devices', () => {
  // EUR 1978, factor 5, 2 decimals: coins of 5, 10, 20, 50 cent and 1 euro.
  const changer = `09 | 03 1978 05 02 001F 01 02 04 0A 14 ${'00'.repeat(11)}`
  const validator = `31 | 01 1978 0064 02 0190 0000 FF 05 0A ${'00'.repeat(14)}`
  const euro = { currency: 'EUR' }

  test('coins, change and bills with their values', () => {
    const facts = listen(
      bus(changer, validator, '0B | 53 07 40 03', '0B | A2 05', '33 | 90 81'),
      euro,
    )
    expect(facts.slice(2)).toEqual([
      { kind: 'coin', route: 'tube', value: { scaled: 10, minor: 50n } },
      { kind: 'coin', route: 'cash-box', value: { scaled: 1, minor: 5n } },
      { kind: 'coins-out', count: 2, value: { scaled: 8, minor: 40n } },
      { kind: 'bill', route: 'escrow', value: { scaled: 5, minor: 500n } },
      { kind: 'bill', route: 'stacked', value: { scaled: 10, minor: 1000n } },
    ])
  })

  test('values are unknown before the setup; what the master did not take comes again', () => {
    const [poll = '', answer = ''] = bus('0B | 5307')
    const again = bus('0C FFFF FFFF | ACK', '0B | 5307').map(line => line.replace('0007', '0008'))
    expect(listen([poll, answer, ...again], euro)).toEqual([
      { kind: 'coin', route: 'tube', value: null },
    ])
  })

  test('trouble by name', () => {
    expect(listen(bus('0B | 07', '33 | 05'), euro)).toEqual([
      { kind: 'trouble', device: 'changer', status: 'tube-jam' },
      { kind: 'trouble', device: 'bill-validator', status: 'jam' },
    ])
  })
})

describe('a bus that is hard to hear', () => {
  test('an answer whose question was damaged is nobody’s', () => {
    const [asked = '', ...answer] = bus('0B | 5307')
    const damaged = asked.replace('x,00', 'x,02')
    expect(listen([...bus('12 |'), damaged, ...answer])).toEqual([])
  })

  test('an answer long after its question is not its own', () => {
    const lines = ['x,00,0007000000,0B,', 'x,80,0007005000,5307', 'x,00,0007005020,ACK']
    expect(listen(lines)).toEqual([])
  })

  test('lines told out of order give the same facts', () => {
    const sale = [...SETUP, ...bus(REQUEST, '12 | ACK', APPROVAL, '13 02 0005 | ACK', '13 04 | 07')]
    const timeOf = (line: string) => Number(line.split(',')[2])
    const shuffled = sale.toSorted(
      (a, b) => (timeOf(a) % 90) * 3 + timeOf(a) - (timeOf(b) % 90) * 3 - timeOf(b),
    )
    expect(shuffled).not.toEqual(sale)
    expect(listen(shuffled)).toEqual(listen(sale))
  })

  test('an outcome for another item than was asked for has no amount', () => {
    expect(listen([...SETUP, ...bus(REQUEST, APPROVAL, '13 02 0006 | ACK')]).at(-1)).toEqual({
      kind: 'succeeded',
      reader: 1,
      vend: null,
      item: 6,
      price: null,
    })
  })

  test('an outcome whose request nobody heard is told without an amount', () => {
    expect(listen(bus('13 02 0005 | ACK'))).toEqual([
      { kind: 'succeeded', reader: 1, vend: null, item: 5, price: null },
    ])
  })
})
