/** The sandbox company's bills and the cloud's channel against each other, over real HTTP. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { billAt, billsReady, DAY_MS } from '@tillproof/cloud/money/payments/bill-calendar.ts'
import type { ChannelBills } from '@tillproof/cloud/money/payments/channel.ts'
import { readCredentials, sandboxChannel } from '@tillproof/cloud/money/payments/sandbox-channel.ts'
import { afterEach, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './sandbox.ts'

let dir = ''
let sandbox: Sandbox | undefined
let nowMs = Date.parse('2026-11-21T12:00:03Z')
afterEach(async () => {
  await sandbox?.stop()
  sandbox = undefined
  if (dir !== '') rmSync(dir, { recursive: true, force: true })
})

const ORDER = '00000000-0000-4000-8000-000000000001'
/** 3.50 are paid at a company that bills so often. */
async function paid(billEveryMs?: number): Promise<ChannelBills> {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-bills-'))
  const clock = () => nowMs
  sandbox = await startSandbox({ dir, port: 0, clock, billEveryMs })
  const credentials = await readCredentials(sandbox.credentialsPath)
  const notifyUrl = 'http://127.0.0.1:9/webhooks/sandbox'
  const channel = sandboxChannel({ credentials, notifyUrl, clock, randomBytes })
  const order = { id: ORDER, amountMinor: 350n, currency: 'CNY', item: 'A3' }
  const created = await channel.createOrder({ ...order, expiresAtMs: nowMs + 60_000 })
  const payUrl = 'payUrl' in created ? created.payUrl : expect.fail('no order')
  expect((await fetch(payUrl, { method: 'POST' })).status).toBe(200)
  return channel.bills ?? expect.fail('no bills')
}

test('a day’s bills are there at ten the next morning', async () => {
  const bills = await paid()
  expect(await bills.fetch('trades', '2026-11-21')).toMatchObject({ refused: 'not-ready' })
  nowMs = Date.parse('2026-11-22T10:00:00Z')
  const trades = await bills.fetch('trades', '2026-11-21')
  expect('body' in trades && bills.readTrades(trades.body)).toMatchObject({
    lines: [{ orderId: ORDER, amountMinor: 350n, settledMinor: 350n, feeMilliMinor: 2100n }],
  })
  const funds = await bills.fetch('funds', '2026-11-21')
  expect('body' in funds && bills.readFunds(funds.body)).toMatchObject({
    lines: [
      { direction: 'in', amountMinor: 350n, voucherId: ORDER },
      { direction: 'out', amountMinor: 2n, balanceMinor: 348n },
    ],
  })
  nowMs = Date.parse('2026-11-23T10:00:00Z')
  const empty = await bills.fetch('trades', '2026-11-22')
  expect('body' in empty && bills.readTrades(empty.body)).toEqual({ ok: true, lines: [] })
})

test('a company may bill every five seconds: its merchant is told so at sign-up', async () => {
  nowMs = Date.parse('2026-11-21T12:00:03Z')
  const bills = await paid(5_000)
  const { day, untilMs } = billAt(bills.calendar, nowMs)
  expect(day).toBe('2026-11-21.8640')
  expect(await bills.fetch('trades', day)).toMatchObject({ refused: 'not-ready' })
  nowMs = untilMs
  const trades = await bills.fetch('trades', day)
  expect('body' in trades && bills.readTrades(trades.body)).toMatchObject({
    lines: [{ orderId: ORDER }],
  })
  expect(billsReady(bills.calendar, nowMs - 15_000, nowMs, 10).map(bill => bill.day)).toEqual([
    '2026-11-21.8638',
    '2026-11-21.8639',
    '2026-11-21.8640',
  ])
})

test('bills by the local day, as Beijing counts it', () => {
  const calendar = { everyMs: DAY_MS, utcOffsetMs: 28_800_000, readyAfterMs: 36_000_000 }
  const at = (text: string) => Date.parse(text)
  expect(billAt(calendar, at('2026-11-21T15:59:59Z')).day).toBe('2026-11-21')
  expect(billAt(calendar, at('2026-11-21T16:00:00Z'))).toEqual({
    day: '2026-11-22',
    fromMs: at('2026-11-21T16:00:00Z'),
    untilMs: at('2026-11-22T16:00:00Z'),
  })
  const from = at('2026-11-20T16:00:00Z')
  expect(billsReady(calendar, from, at('2026-11-22T01:59:59Z'), 10)).toEqual([])
  expect(billsReady(calendar, from, at('2026-11-22T02:00:00Z'), 10)).toHaveLength(1)
})
