/** A vending machine's session between a reader's facts and a real journal: limits, and cash. */
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { keptParts } from '../journal/retention.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { machineOf, machineSettings } from '../profile/machine.ts'
import type { DriverFact, LineDeed } from './line.ts'
import { type Selling, startSelling } from './selling.ts'

const DEAR = {
  orderId: '018f2f6e-0000-7000-8000-000000000001',
  amountMinor: 500n,
  currency: 'CNY',
  item: '2',
}
const quiet = () => undefined

let kept: TestJournal
let deeds: LineDeed[]
let selling: Selling

beforeEach(async () => {
  kept = await testJournal()
  deeds = []
  const settings = {
    profile: 'vending-waferlife',
    maxPrice: '4.00',
    ports: { mdb: { path: '/dev/none' }, scanner: { path: '/dev/none' } },
  }
  const { machine, faults } = machineOf(machineSettings.parse(settings), '/')
  expect(faults).toEqual([])
  selling = startSelling({
    machine: machine ?? expect.unreachable(),
    store: kept.journal,
    clock: systemClock,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    lineOf: () => ({
      do(deed) {
        deeds.push(deed)
        return Promise.resolve(true)
      },
      status: () => expect.unreachable(),
      stop: () => Promise.resolve(),
    }),
  })
  tell({ kind: 'vend', fact: { kind: 'reader-ready' } })
})

afterEach(async () => {
  await selling.stop()
  await kept.stop()
})

function tell(fact: DriverFact): void {
  selling.hear('mdb', fact)
}

function ask(amount: string, item: string): void {
  tell({ kind: 'vend', fact: { kind: 'vend-asked', ask: 1, amount, item } })
}

function paidInCash(atTenthMs: number): void {
  const price = { scaled: 70, minor: 350n }
  tell({ kind: 'seen', fact: { kind: 'cash-sale', reader: 1, price, item: 5, atTenthMs } })
}

/** All that is in the log after its genesis, once there are so many events. */
async function written(count: number) {
  await vi.waitFor(() => expect(kept.journal.size()).toBe(1 + count), 5000)
  const entries = await kept.journal.readEntries(1, 100)
  return entries.map(entry => decodeOpen(keptParts(entry).open))
}

test('what is dearer than the limit is denied and noted, and the credit waits on', async () => {
  expect(await selling.offer(DEAR)).toBe('accepted')
  ask('5.00', '2')
  // Answered when all before it is settled: the credit still waits for a choice.
  expect(await selling.offer(DEAR)).toBe('busy')
  expect(await written(2)).toMatchObject([
    { kind: 'sale.requested', amountMinor: 500n, currency: 'CNY', item: '2', port: 'mdb' },
    { kind: 'sale.refused', sale: 1, detail: { reason: 'above-limit' } },
  ])
  expect(deeds).toEqual([{ type: 'report' }, { type: 'deny', ask: 1 }])
})

test('a cash sale is written down once, as a sale for cash, and nothing is answered', async () => {
  paidInCash(1000)
  // The box says it again, as it does when the machine did not hear that it was heard.
  paidInCash(1030)
  paidInCash(9_000)
  const events = await written(4)
  expect(events).toMatchObject([
    { kind: 'sale.requested', tender: 'cash', amountMinor: 350n, currency: 'CNY', item: '5' },
    { kind: 'sale.result', result: 'success', amountMinor: 350n, sale: 1 },
    { kind: 'sale.requested', tender: 'cash' },
    { kind: 'sale.result', result: 'success', sale: 3 },
  ])
  expect(events.some(({ orderId }) => orderId !== undefined)).toBe(false)
  expect(deeds).toEqual([{ type: 'report' }])
})

test('cash in the middle of a cashless sale disturbs neither', async () => {
  ask('3.50', '5')
  paidInCash(1000)
  const credit = { ...DEAR, amountMinor: 350n, item: '5' }
  expect(await selling.offer(credit)).toBe('accepted')
  paidInCash(60_000)
  tell({ kind: 'vend', fact: { kind: 'vend-result', result: 'success' } })
  const told = (await written(8)).map(({ kind, tender = '', sale }) => [kind, tender, sale])
  expect(told.filter(([, tender]) => tender === 'cash')).toHaveLength(2)
  expect(told.filter(([kind]) => kind === 'sale.result')).toHaveLength(3)
  expect(new Set(told.map(([, , sale]) => sale)).size).toBe(3)
})
