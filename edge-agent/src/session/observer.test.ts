/** Watched sales: each once, with what was approved; cash with price and item; nothing is sent. */
import { describe, expect, test } from 'vitest'
import { type ObserverInput, observer } from './observer.ts'
import type { SeenFact } from './observer-book.ts'
import { SessionBench } from './testing/session-bench.ts'

const price = (minor: bigint) => ({ scaled: Number(minor) / 5, minor })
const seen = (fact: SeenFact): ObserverInput => ({ type: 'seen', fact })
const vend = (kind: 'requested' | 'approved' | 'denied' | 'cancelled', minor = 350n) =>
  seen({ kind, item: 5, price: price(minor) })
const outcome = (kind: 'succeeded' | 'failed') => seen({ kind, item: 5, price: price(350n) })
const cash = seen({ kind: 'cash-sale', item: 9, price: price(200n) })
const SOLD = ['sale.requested', 'sale.approved', 'sale.result success']

function watching() {
  return new SessionBench(observer({ port: 'mdb', currency: 'CNY', reader: 1 }))
}

function fieldsOf(bench: ReturnType<typeof watching>) {
  return bench.events.map(({ draft }) => draft.fields)
}

test('a sale by somebody else’s reader, with the amount that it approved', () => {
  const bench = watching()
  bench.feed(vend('requested', 400n))
  expect(bench.kinds()).toEqual([])
  bench.feed(vend('approved', 350n))
  bench.feed(outcome('succeeded'))
  expect(bench.kinds()).toEqual(SOLD)
  expect(fieldsOf(bench)).toEqual([
    {
      amountMinor: 400n,
      currency: 'CNY',
      item: '5',
      port: 'mdb',
      tender: 'reader',
      detail: { reader: 1 },
    },
    { amountMinor: 350n, currency: 'CNY' },
    { amountMinor: 350n, currency: 'CNY', result: 'success' },
  ])
  expect(bench.deeds).toEqual([])
})

test('a cash sale is one sale, with price and item, also while a card is being asked', () => {
  const bench = watching()
  bench.feed(vend('requested'))
  bench.feed(cash)
  bench.feed(vend('approved'))
  bench.feed(outcome('failed'))
  expect(bench.kinds()).toEqual([
    'sale.requested',
    'sale.result success',
    'sale.requested',
    'sale.approved',
    'sale.result failed',
  ])
  expect(bench.events.map(({ sale }) => sale)).toEqual([0, 0, 2, 2, 2])
  expect(fieldsOf(bench)[0]).toMatchObject({ amountMinor: 200n, item: '9', tender: 'cash' })
})

test('a reset between approval and outcome counts as success, and says so', () => {
  const bench = watching()
  bench.feed(vend('requested'))
  bench.feed(vend('approved'))
  bench.feed(seen({ kind: 'presumed', because: 'reset', item: 5, price: price(350n) }))
  expect(bench.kinds().at(-1)).toBe('sale.result presumed')
  expect(fieldsOf(bench).at(-1)).toMatchObject({ amountMinor: 350n, detail: { reason: 'reset' } })
})

describe('our power fails between approval and outcome', () => {
  function cut() {
    const bench = watching()
    bench.feed(vend('requested'))
    bench.feed(vend('approved'))
    bench.restart()
    return bench
  }

  test('and the outcome still comes', () => {
    const bench = cut()
    bench.feed(seen({ kind: 'succeeded', item: 5, price: null }))
    expect(bench.kinds()).toEqual(SOLD)
  })

  test('and the next customer comes: the last sale is presumed, his is his own', () => {
    const bench = cut()
    bench.feed(vend('requested'))
    bench.feed(vend('approved'))
    bench.feed(outcome('succeeded'))
    expect(bench.kinds()).toEqual([...SOLD.slice(0, 2), 'sale.result presumed', ...SOLD])
  })

  test('and nothing is heard any more', () => {
    const bench = cut()
    bench.feed({ type: 'timer', id: 'outcome' })
    expect(bench.kinds().at(-1)).toBe('sale.result presumed')
  })
})

test('goods whose approval was not heard are a sale, of what is known of them', () => {
  const bench = watching()
  bench.feed(seen({ kind: 'succeeded', item: null, price: null }))
  bench.feed(seen({ kind: 'failed', item: null, price: null }))
  expect(bench.kinds()).toEqual(['sale.requested', 'sale.result success'])
  expect(fieldsOf(bench)[0]).toEqual({ port: 'mdb', tender: 'reader', detail: { reader: 1 } })
})

test('a price in units that nobody explained is no amount', () => {
  const bench = watching()
  const unknown = { item: 5, price: { scaled: 70, minor: null } }
  bench.feed(seen({ kind: 'approved', ...unknown }))
  bench.feed(seen({ kind: 'succeeded', ...unknown }))
  expect(fieldsOf(bench)).toEqual([
    { item: '5', port: 'mdb', tender: 'reader', detail: { reader: 1, scaled: 70 } },
    { detail: { scaled: 70 } },
    { result: 'success' },
  ])
})

test('denied is refused; cancelled leaves nothing', () => {
  const bench = watching()
  bench.feed(vend('requested'))
  bench.feed(vend('denied'))
  bench.feed(vend('requested'))
  bench.feed(vend('cancelled'))
  expect(bench.kinds()).toEqual(['sale.requested', 'sale.refused'])
})

test('while the disk is full the bus goes on: all is written in order when there is room', () => {
  const bench = watching()
  bench.feed(vend('requested'))
  bench.diskFull = 2
  bench.feed(vend('approved'))
  for (const fact of [outcome('succeeded'), cash, vend('requested'), vend('approved')]) {
    bench.feed(fact)
  }
  bench.feed({ type: 'timer', id: 'retry' })
  expect(bench.kinds()).toEqual([])
  bench.feed({ type: 'timer', id: 'retry' })
  bench.feed(outcome('failed'))
  expect(bench.kinds()).toEqual([
    ...SOLD,
    'sale.requested',
    'sale.result success',
    'sale.requested',
    'sale.approved',
    'sale.result failed',
  ])
})

test('a voucher buys nothing here', () => {
  const bench = watching()
  const credit = { orderId: 'o', amountMinor: 1n, currency: 'CNY', item: '5' }
  bench.feed({ type: 'voucher', credit })
  expect(bench.answers).toEqual(['machine-down'])
})

test('an outcome that comes after we gave up on it is no second sale', () => {
  const bench = watching()
  const slow = { vend: 1, item: 5, price: price(350n) }
  bench.feed(seen({ kind: 'requested', ...slow }))
  bench.feed(seen({ kind: 'approved', ...slow }))
  bench.feed({ type: 'timer', id: 'outcome' })
  bench.feed(seen({ kind: 'succeeded', ...slow }))
  expect(bench.kinds()).toEqual([...SOLD.slice(0, 2), 'sale.result presumed'])
})

test('nor after a restart, when nobody knows the number of its request', () => {
  const bench = watching()
  bench.feed(vend('requested'))
  bench.feed(vend('approved'))
  bench.restart()
  bench.feed({ type: 'timer', id: 'outcome' })
  bench.feed(seen({ kind: 'succeeded', vend: null, item: 5, price: null }))
  bench.feed(seen({ kind: 'succeeded', vend: null, item: 6, price: null }))
  expect(bench.kinds()).toEqual([
    ...SOLD.slice(0, 2),
    'sale.result presumed',
    'sale.requested',
    'sale.result success',
  ])
})
