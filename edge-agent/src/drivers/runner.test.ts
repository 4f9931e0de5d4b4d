/**
 * The runner on a real journal whose appends fail, with and without having persisted: nothing is
 * told to the machine on an unknown outcome, and the session goes on from what the disk says.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../clock.ts'
import type { AppendRequest, EventStore } from '../journal/event-store.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { vendingMachine } from '../session/vending.ts'
import type { VendDeed } from '../session/vending-state.ts'
import { runSession } from './runner.ts'
import { readSavedSale } from './saved-sale.ts'

const CREDIT = {
  orderId: '018f2f6e-0000-7000-8000-000000000001',
  amountMinor: 350n,
  currency: 'CNY',
  item: '5',
}
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

type Fault = 'none' | 'before' | 'after'

let kept: TestJournal
let deeds: VendDeed[]
let fault: Fault
/** Timers run when the test says so. */
let timers: { afterMs: number; run: () => void }[]

beforeEach(async () => {
  kept = await testJournal()
  deeds = []
  fault = 'none'
  timers = []
})

afterEach(() => kept.stop())

const clock: Clock = {
  ...systemClock,
  after(afterMs, run) {
    const timer = { afterMs, run }
    timers.push(timer)
    return () => {
      timers = timers.filter(it => it !== timer)
    }
  },
}

function runner() {
  return runSession(vendingMachine({ currency: 'CNY' }), {
    store: faulty(kept.journal),
    clock,
    log,
    perform: deed => deeds.push(deed),
  })
}

function faulty(store: EventStore): EventStore {
  return {
    ...store,
    async append(request: AppendRequest) {
      const now = fault
      fault = 'none'
      if (now === 'before') throw new TypeError('the disk is gone')
      const result = await store.append(request)
      if (now === 'after') throw new TypeError('the disk is gone')
      return result
    },
  }
}

function askAndPay(session: ReturnType<typeof runner>) {
  session.feed({ type: 'vend', fact: { kind: 'reader-ready' } })
  session.feed({ type: 'vend', fact: { kind: 'vend-asked', ask: 1, amount: '3.50', item: '5' } })
  return session.offer(CREDIT)
}

function fire(afterMs: number): void {
  const due = timers.filter(timer => timer.afterMs === afterMs)
  timers = timers.filter(timer => timer.afterMs !== afterMs)
  for (const timer of due) timer.run()
}

test('approved only after the commit, and ended by the result', async () => {
  const session = runner()
  expect(await askAndPay(session)).toBe('accepted')
  expect(deeds).toEqual([{ type: 'report' }, { type: 'approve', ask: 1 }])
  expect(kept.journal.size()).toBe(4)
  session.feed({ type: 'vend', fact: { kind: 'vend-result', result: 'success' } })
  await session.idle()
  expect(kept.journal.size()).toBe(5)
  expect(await readSavedSale(kept.journal, 'session.vending')).toBeNull()
  await session.stop()
})

describe('an append of unknown outcome tells the machine nothing', () => {
  test('nothing was persisted: the voucher is good for another try', async () => {
    const session = runner()
    fault = 'before'
    expect(await askAndPay(session)).toBe('machine-down')
    expect(deeds).toEqual([{ type: 'report' }])
    expect(kept.journal.size()).toBe(1)
    fire(1000)
    await session.idle()
    expect(await askAndPay(session)).toBe('accepted')
    await session.stop()
  })

  test('it was persisted: the sale is found and presumed', async () => {
    const session = runner()
    fault = 'after'
    expect(await askAndPay(session)).toBe('machine-down')
    expect(deeds).toEqual([{ type: 'report' }])
    fire(1000)
    await session.idle()
    session.feed({ type: 'vend', fact: { kind: 'reader-ready' } })
    await session.idle()
    fire(5000)
    await session.idle()
    const [last] = await kept.journal.readEntries(4, 1)
    expect(last?.index).toBe(4)
    expect(await readSavedSale(kept.journal, 'session.vending')).toBeNull()
    await session.stop()
  })
})

test('a sale without its index is found behind many later facts', async () => {
  const session = runner()
  await askAndPay(session)
  await session.stop()
  const later = Array.from({ length: 300 }, () => ({ kind: 'custom' }) as const)
  await kept.journal.append({ events: later })
  const saved = await readSavedSale(kept.journal, 'session.vending')
  expect(saved).toMatchObject({ sale: 1, orderId: CREDIT.orderId, phase: 'approved' })
})

test('a state that cannot be read is a fault, not a forgotten sale', async () => {
  await kept.journal.append({ events: [], state: { 'session.vending': '{"phase":1}' } })
  await expect(readSavedSale(kept.journal, 'session.vending')).rejects.toMatchObject({
    code: 'session.state-unreadable',
  })
})
