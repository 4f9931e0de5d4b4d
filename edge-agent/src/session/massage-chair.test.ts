/** A chair's session: the run meter decides, whatever was heard or lost. */
import { expect, test } from 'vitest'
import { type ChairReading, massageChair } from './massage-chair.ts'
import { SessionBench } from './testing/session-bench.ts'

const CREDIT = { orderId: 'o1', amountMinor: 1000n, currency: 'CNY', item: 'massage-10' }
const OFFERS = [{ item: 'massage-10', minutes: 10, price: '10.00' }]
const APPROVED = ['meter.read', 'sale.requested', 'payment.seen', 'sale.approved']
const START = { type: 'start-chair', minutes: 10 }

function look(state: ChairReading['state'], runs: bigint, minutes = 70n) {
  return { type: 'reading', reading: { state, runs, minutes } } as const
}

function chair() {
  const bench = new SessionBench(massageChair({ currency: 'CNY', offers: OFFERS }))
  bench.feed(look('idle', 7n))
  return bench
}

function paidChair() {
  const bench = chair()
  bench.feed({ type: 'voucher', credit: CREDIT })
  return bench
}

test('paid, started, ended, with both meters before and after', () => {
  const bench = paidChair()
  expect(bench.answers).toEqual(['accepted'])
  expect(bench.deeds).toEqual([START])
  bench.feed(look('running', 8n), 500)
  bench.feed(look('running', 8n), 500)
  bench.feed(look('idle', 8n, 80n), 600_000)
  expect(bench.kinds()).toEqual([
    ...APPROVED,
    'session.started',
    'session.ended',
    'sale.result success',
  ])
  expect(bench.events.slice(1).map(event => event.sale)).toEqual([1, 1, 1, 1, 1, 1])
  expect(bench.events.at(4)?.draft.fields?.meters).toEqual({ runs: 8n, minutes: 70n })
  expect(bench.events.at(5)?.draft.fields?.meters).toEqual({ runs: 8n, minutes: 80n })
})

test('a start that was not heard is written again, and given up after half a minute', () => {
  const bench = paidChair()
  bench.feed(look('idle', 7n), 1000)
  expect(bench.deeds).toEqual([START])
  bench.feed(look('idle', 7n), 2500)
  expect(bench.deeds).toEqual([START, START])
  bench.feed(look('idle', 7n), 30_000)
  expect(bench.kinds()).toEqual([...APPROVED, 'sale.result failed'])
})

test('killed after approval: started once, not twice', () => {
  const bench = paidChair()
  bench.restart()
  bench.feed(look('running', 8n), 500)
  bench.feed(look('idle', 8n), 600_000)
  expect(bench.deeds).toEqual([START])
  expect(bench.kinds().at(-1)).toBe('sale.result success')
})

test('killed after approval, before the box heard of it: started after the restart', () => {
  const bench = paidChair()
  bench.deeds.length = 0
  bench.restart()
  bench.feed(look('idle', 7n), 500)
  expect(bench.deeds).toEqual([START])
})

test('the whole run happened while we were away: the meter tells', () => {
  const bench = paidChair()
  bench.feed({ type: 'bus-lost' })
  bench.restart()
  bench.feed(look('idle', 8n), 900_000)
  bench.feed(look('idle', 8n), 500)
  expect(bench.kinds().slice(4)).toEqual([
    'session.started',
    'session.ended',
    'sale.result success',
  ])
})

test('killed while running', () => {
  const bench = paidChair()
  bench.feed(look('running', 8n), 500)
  bench.restart()
  bench.feed(look('idle', 8n), 600_000)
  expect(bench.kinds().slice(4)).toEqual([
    'session.started',
    'session.ended',
    'sale.result success',
  ])
})

test('a box that stays away is presumed to have run', () => {
  const bench = paidChair()
  bench.feed({ type: 'timer', id: 'give-up' }, 1_200_000)
  expect(bench.kinds()).toEqual([...APPROVED, 'sale.result presumed'])
})

test('a box in fault fails the sale', () => {
  const bench = paidChair()
  bench.feed(look('fault', 7n), 500)
  expect(bench.kinds().at(-1)).toBe('sale.result failed')
})

test('a box that faults in mid-run fails the sale, which leaves the payment open', () => {
  const bench = paidChair()
  bench.feed(look('running', 8n), 500)
  bench.feed(look('fault', 8n), 30_000)
  expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result failed'])
})

test('a result that finds the disk full is written when there is room', () => {
  const bench = paidChair()
  bench.feed(look('running', 8n), 500)
  bench.diskFull = 1
  bench.feed(look('idle', 8n), 600_000)
  expect(bench.kinds().at(-1)).toBe('session.started')
  bench.feed({ type: 'timer', id: 'retry' }, 1000)
  expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result success'])
})

test.each([
  ['before the box was seen', 'machine-down', CREDIT, [{ type: 'bus-lost' } as const]],
  ['while somebody sits in it', 'busy', CREDIT, [look('running', 9n)]],
  ['at another price', 'wrong-price', { ...CREDIT, amountMinor: 1n }, []],
  ['for something else', 'no-such-item', { ...CREDIT, item: 'nap' }, []],
  ['in another currency', 'wrong-currency', { ...CREDIT, currency: 'EUR' }, []],
])('a voucher %s is refused: %s', (_name, answer, credit, inputs) => {
  const bench = chair()
  for (const input of inputs) bench.feed(input)
  bench.feed({ type: 'voucher', credit })
  expect(bench.answers).toEqual([answer])
  expect(bench.deeds).toEqual([])
})

test('a spent voucher and a full disk start nothing', () => {
  const bench = paidChair()
  bench.feed(look('running', 8n), 500)
  bench.feed(look('idle', 8n), 600_000)
  bench.feed({ type: 'voucher', credit: CREDIT })
  bench.diskFull = 1
  bench.feed({ type: 'voucher', credit: { ...CREDIT, orderId: 'o2' } })
  expect(bench.answers).toEqual(['accepted', 'voucher-spent', 'disk-full'])
  expect(bench.deeds).toEqual([START])
})
