/** The rules of the window: what may be sent, and what each answer changes. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reconnectDelayMs } from './backoff.ts'
import {
  drainPauseMs,
  nextRange,
  type Sending,
  type SendingInput,
  startSending,
  step,
} from './window.ts'

const SETTINGS = { window: 2, receiptTimeoutMs: 1000 }
const run = (inputs: SendingInput[], from = startSending(0)): Sending =>
  inputs.reduce((state, input) => step(state, input, SETTINGS), from)
const sent = (from: number, end: number, nowMs = 0): SendingInput => ({
  type: 'sent',
  from,
  end,
  nowMs,
})
const ready: SendingInput[] = [{ type: 'connected' }, { type: 'sealed', size: 30 }]

describe('what may be sent', () => {
  test('nothing offline, nothing unsealed, nothing beyond the window', () => {
    expect(nextRange(run([{ type: 'sealed', size: 5 }]), 0, SETTINGS)).toBeUndefined()
    expect(nextRange(run([{ type: 'connected' }]), 0, SETTINGS)).toBeUndefined()
    expect(nextRange(run(ready), 0, SETTINGS)).toEqual({ from: 0, upTo: 30 })
    const full = run([...ready, sent(0, 10), sent(10, 20)])
    expect(nextRange(full, 0, SETTINGS)).toBeUndefined()
    expect(nextRange(run([{ type: 'receipt', size: 10 }], full), 0, SETTINGS)).toEqual({
      from: 20,
      upTo: 30,
    })
  })

  test('after a broken connection it begins again at the receipted base', () => {
    const state = run([...ready, sent(0, 10), { type: 'receipt', size: 10 }, sent(10, 20)])
    const again = run([{ type: 'disconnected' }, { type: 'connected' }], state)
    expect(nextRange(again, 0, SETTINGS)).toEqual({ from: 10, upTo: 30 })
  })

  test('silence means sending again, each time after a longer wait', () => {
    const once = run([...ready, sent(0, 10), { type: 'tick', nowMs: 999 }])
    expect(once.inFlight).toHaveLength(1)
    const again = run([{ type: 'tick', nowMs: 1000 }, sent(0, 10, 1000)], once)
    expect(again).toMatchObject({ timeouts: 1, next: 10 })
    expect(run([{ type: 'tick', nowMs: 2500 }], again).inFlight).toHaveLength(1)
    expect(run([{ type: 'tick', nowMs: 3000 }], again).inFlight).toHaveLength(0)
  })

  test('a refusal holds everything back, longer each time; a receipt ends that', () => {
    const refused = run([...ready, sent(0, 10), { type: 'refused', nowMs: 0 }])
    expect(nextRange(refused, 4999, SETTINGS)).toBeUndefined()
    expect(nextRange(refused, 5000, SETTINGS)).toEqual({ from: 0, upTo: 30 })
    const twice = run([{ type: 'refused', nowMs: 5000 }], refused)
    expect(twice.heldUntilMs).toBe(15_000)
    const freed = run([{ type: 'receipt', size: 10 }], twice)
    expect(nextRange(freed, 5001, SETTINGS)).toEqual({ from: 10, upTo: 30 })
  })

  test('the cloud is asked back once, also behind what it had receipted', () => {
    const state = run([...ready, { type: 'receipt', size: 20 }, sent(20, 30)])
    const back = run([{ type: 'resend', from: 5, nowMs: 0 }, sent(5, 15)], state)
    expect(back).toMatchObject({ base: 5, next: 15 })
    expect(run([{ type: 'resend', from: 5, nowMs: 1000 }], back).next).toBe(15)
    expect(run([{ type: 'resend', from: 5, nowMs: 2000 }], back).next).toBe(5)
    expect(run([{ type: 'resend', from: 99, nowMs: 0 }], back)).toEqual(back)
  })

  test('a batch that was cut before the window moved is not counted', () => {
    expect(run([...ready, sent(7, 12)]).inFlight).toEqual([])
  })
})

test('the base falls by resend only, and nothing unsealed is ever offered', async () => {
  const size = fc.integer({ min: 0, max: 40 })
  const nowMs = fc.integer({ min: 0, max: 100_000 })
  const input: fc.Arbitrary<SendingInput> = fc.oneof(
    fc.constant({ type: 'connected' } as const),
    fc.constant({ type: 'disconnected' } as const),
    fc.record({ type: fc.constant('sealed' as const), size }),
    fc.record({ type: fc.constant('sent' as const), from: size, end: size, nowMs }),
    fc.record({ type: fc.constant('receipt' as const), size }),
    fc.record({ type: fc.constant('refused' as const), nowMs }),
    fc.record({ type: fc.constant('tick' as const), nowMs }),
  )
  await fc.assert(
    fc.property(fc.array(input), inputs => {
      let state = startSending(0)
      for (const next of inputs) {
        const after = step(state, next, SETTINGS)
        expect(after.base).toBeGreaterThanOrEqual(state.base)
        const range = nextRange(after, 1e9, SETTINGS)
        if (range) expect(range.upTo).toBeLessThanOrEqual(after.sealed)
        state = after
      }
    }),
  )
})

test('waits grow to a minute and are spread out', () => {
  expect(reconnectDelayMs(0, 0)).toBe(50)
  expect(reconnectDelayMs(0, 1)).toBe(500)
  expect(reconnectDelayMs(3, 1)).toBe(4000)
  expect(reconnectDelayMs(50, 1)).toBe(60_000)
  expect(reconnectDelayMs(50, 0)).toBe(6000)
})

describe('after a start', () => {
  const probing = startSending(10, true)

  test('first what was receipted last is sent again, and nothing else', () => {
    const state = run(ready, probing)
    expect(nextRange(state, 0, SETTINGS)).toEqual({ from: 9, upTo: 10 })
    const waiting = run([sent(9, 10)], state)
    expect(nextRange(waiting, 0, SETTINGS)).toBeUndefined()
    const silent = run([{ type: 'tick', nowMs: 1000 }], waiting)
    expect(nextRange(silent, 1000, SETTINGS)).toEqual({ from: 9, upTo: 10 })
    const cut = run([{ type: 'disconnected' }, { type: 'connected' }], waiting)
    expect(nextRange(cut, 0, SETTINGS)).toEqual({ from: 9, upTo: 10 })
  })

  test('the receipt, or a cloud that knows less, opens the way', () => {
    const waiting = run([...ready, sent(9, 10)], probing)
    const proven = run([{ type: 'receipt', size: 10 }], waiting)
    expect(nextRange(proven, 0, SETTINGS)).toEqual({ from: 10, upTo: 30 })
    const asked = run([{ type: 'resend', from: 4, nowMs: 0 }], waiting)
    expect(nextRange(asked, 0, SETTINGS)).toEqual({ from: 4, upTo: 30 })
  })
})

describe('a long backlog', () => {
  const paced = { window: 9, receiptTimeoutMs: 1000, drainBatchesPerSecond: 4 }
  const long: SendingInput[] = [{ type: 'connected' }, { type: 'sealed', size: 10_000 }]

  test('goes up with a space between batches', () => {
    expect(nextRange(run(long), 1000, paced)).toEqual({ from: 0, upTo: 10_000 })
    const state = run([...long, sent(0, 500, 1000)])
    expect(nextRange(state, 1249, paced)).toBeUndefined()
    expect(drainPauseMs(state, 1249, paced)).toBe(1)
    expect(nextRange(state, 1250, paced)).toEqual({ from: 500, upTo: 10_000 })
  })

  test('its end, like all daily business, goes up at once', () => {
    const state = run([...long, sent(0, 9500, 1000)])
    expect(drainPauseMs(state, 1000, paced)).toBe(0)
    expect(nextRange(state, 1000, paced)).toEqual({ from: 9500, upTo: 10_000 })
  })
})
