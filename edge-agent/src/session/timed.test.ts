/** Machines that run by themselves: their meters and signals decide, whatever was heard or lost. */
import { describe, expect, test } from 'vitest'
import { benchOf, GIVE_UP, LOST, look, PAID } from './testing/timed-bench.ts'
import { PULSE_CHAIR, TIMER_CHAIR, WASHER } from './testing/timed-machines.ts'

describe('a massage chair behind a timer box', () => {
  const CREDIT = { orderId: 'o1', amountMinor: 1000n, currency: 'CNY', item: 'massage-10' }
  const APPROVED = ['meter.read', ...PAID]
  const RUN = ['session.started', 'session.ended', 'sale.result success']
  const START = {
    type: 'write',
    writes: [
      { point: 'timer.minutesToRun', value: 10 },
      { point: 'timer.start', value: 1 },
    ],
  }

  function box(state: 'idle' | 'running' | 'fault', runs: bigint, minutes = 70n) {
    return look({ running: state === 'running', broken: state === 'fault' }, { runs, minutes })
  }

  function chair() {
    const bench = benchOf(TIMER_CHAIR, { item: 'massage-10', minutes: 10, price: '10.00' })
    bench.feed(box('idle', 7n))
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
    bench.feed(box('running', 8n), 500)
    bench.feed(box('running', 8n), 500)
    bench.feed(box('idle', 8n, 80n), 600_000)
    expect(bench.kinds()).toEqual([...APPROVED, ...RUN])
    expect(bench.events.slice(1).map(event => event.sale)).toEqual([1, 1, 1, 1, 1, 1])
    expect(bench.events.at(4)?.draft.fields).toEqual({
      port: 'timer',
      meters: { runs: 8n, minutes: 70n },
      detail: { 'bits.runs': 32, 'bits.minutes': 32 },
    })
    expect(bench.events.at(5)?.draft.fields?.meters).toEqual({ runs: 8n, minutes: 80n })
  })

  test('a start that was not heard is written again, and given up after half a minute', () => {
    const bench = paidChair()
    bench.feed(box('idle', 7n), 1000)
    expect(bench.deeds).toEqual([START])
    bench.feed(box('idle', 7n), 2500)
    expect(bench.deeds).toEqual([START, START])
    bench.feed(box('idle', 7n), 30_000)
    expect(bench.kinds()).toEqual([...APPROVED, 'sale.result failed'])
  })

  test('killed after approval: started once, not twice', () => {
    const bench = paidChair()
    bench.restart()
    bench.feed(box('running', 8n), 500)
    bench.feed(box('idle', 8n), 600_000)
    expect(bench.deeds).toEqual([START])
    expect(bench.kinds().at(-1)).toBe('sale.result success')
  })

  test('killed after approval, before the box heard of it: started after the restart', () => {
    const bench = paidChair()
    bench.deeds.length = 0
    bench.restart()
    bench.feed(box('idle', 7n), 500)
    expect(bench.deeds).toEqual([START])
  })

  test('the whole run happened while we were away: the meter tells', () => {
    const bench = paidChair()
    bench.feed(LOST)
    bench.restart()
    bench.feed(box('idle', 8n), 900_000)
    bench.feed(box('idle', 8n), 500)
    expect(bench.kinds().slice(4)).toEqual(RUN)
  })

  test('away for long, and the meter tells that it never ran: failed, not presumed', () => {
    const bench = paidChair()
    bench.restart()
    bench.feed(box('idle', 7n), 900_000)
    expect(bench.kinds().at(-1)).toBe('sale.result failed')
  })

  test('killed while running', () => {
    const bench = paidChair()
    bench.feed(box('running', 8n), 500)
    bench.restart()
    bench.feed(box('idle', 8n), 600_000)
    expect(bench.kinds().slice(4)).toEqual(RUN)
  })

  test('a box that stays away is presumed to have run', () => {
    const bench = paidChair()
    bench.feed(LOST)
    bench.feed(GIVE_UP, 1_200_000)
    expect(bench.kinds()).toEqual([...APPROVED, 'sale.result presumed'])
  })

  test('a box in fault fails the sale', () => {
    const bench = paidChair()
    bench.feed(box('fault', 7n), 500)
    expect(bench.kinds().at(-1)).toBe('sale.result failed')
  })

  test('a box that faults in mid-run fails the sale, which leaves the payment open', () => {
    const bench = paidChair()
    bench.feed(box('running', 8n), 500)
    bench.feed(box('fault', 8n), 30_000)
    expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result failed'])
  })

  test('what finds the disk full is written when there is room, with the meters of then', () => {
    const bench = paidChair()
    bench.diskFull = 1
    bench.feed(box('running', 8n), 500)
    bench.feed(box('idle', 8n, 80n), 600_000)
    expect(bench.kinds()).toEqual(APPROVED)
    bench.feed({ type: 'timer', id: 'retry' }, 1000)
    expect(bench.events.at(-1)?.draft.fields?.meters).toEqual({ runs: 8n, minutes: 70n })
    bench.diskFull = 1
    bench.feed(box('idle', 8n, 80n), 1000)
    expect(bench.kinds().at(-1)).toBe('session.started')
    bench.feed({ type: 'timer', id: 'retry' }, 1000)
    expect(bench.kinds().slice(4)).toEqual(RUN)
  })

  test.each([
    ['before the box was seen', 'machine-down', CREDIT, [LOST]],
    ['while it is broken', 'machine-down', CREDIT, [box('fault', 7n)]],
    ['of a box that tells half', 'machine-down', CREDIT, [look({ running: false }, { runs: 7n })]],
    ['while somebody sits in it', 'busy', CREDIT, [box('running', 9n)]],
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
    bench.feed(box('running', 8n), 500)
    bench.feed(box('idle', 8n), 600_000)
    bench.feed({ type: 'voucher', credit: CREDIT })
    bench.diskFull = 1
    bench.feed({ type: 'voucher', credit: { ...CREDIT, orderId: 'o2' } })
    expect(bench.answers).toEqual(['accepted', 'voucher-spent', 'disk-full'])
    expect(bench.deeds).toEqual([START])
  })
})

describe('a chair with a coin input, which counts nothing', () => {
  const CREDIT = { orderId: 'o1', amountMinor: 1000n, currency: 'CNY', item: 'massage-12' }
  const COINS = { type: 'write', writes: [{ point: 'bridge.output0', pulses: 3, widthMs: 100 }] }

  function paidChair() {
    const bench = benchOf(PULSE_CHAIR, { item: 'massage-12', minutes: 12, price: '10.00' })
    bench.feed(look({ running: false }))
    bench.feed({ type: 'voucher', credit: CREDIT })
    return bench
  }

  test('gets its pulses once, never again', () => {
    const bench = paidChair()
    bench.feed(look({ running: false }), 5000)
    bench.restart()
    bench.feed(look({ running: false }), 5000)
    expect(bench.deeds).toEqual([COINS])
  })

  test('watched all the time and never running: failed', () => {
    const bench = paidChair()
    bench.feed(look({ running: false }), 31_000)
    expect(bench.kinds().at(-1)).toBe('sale.result failed')
  })

  test.each([
    ['after a power cut', (bench: ReturnType<typeof paidChair>) => bench.restart()],
    ['after a broken line', (bench: ReturnType<typeof paidChair>) => bench.feed(LOST)],
  ])('%s nobody can tell whether it ran: presumed', (_name, happen) => {
    const bench = paidChair()
    happen(bench)
    bench.feed(look({ running: false }), 900_000)
    expect(bench.kinds()).toEqual([...PAID, 'sale.result presumed'])
  })
})

test('a washer has ended when it has drawn no current for two minutes', () => {
  const bench = benchOf(WASHER, { item: 'normal', minutes: 45, price: '6.00' })
  const credit = { orderId: 'o1', amountMinor: 600n, currency: 'CNY', item: 'normal' }
  const draws = (drawsCurrent: boolean, cycles: bigint, water: bigint) =>
    look({ drawsCurrent }, { cycles, water })
  bench.feed(draws(false, 65_535n, 100n))
  bench.feed({ type: 'voucher', credit })
  bench.feed(draws(true, 0n, 100n), 2000)
  bench.feed(draws(false, 0n, 400n), 600_000)
  bench.feed(draws(true, 0n, 400n), 60_000)
  bench.feed(draws(false, 0n, 650n), 600_000)
  bench.feed(draws(false, 0n, 650n), 119_000)
  expect(bench.kinds().at(-1)).toBe('session.started')
  bench.feed(draws(false, 0n, 650n), 1000)
  expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result success'])
  expect(bench.events.at(-2)?.draft.fields?.meters).toEqual({ cycles: 0n, water: 650n })
})
