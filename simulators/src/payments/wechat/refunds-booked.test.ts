/**
 * Refunds through WeChat Pay from the asking to the book, over real HTTP with real signatures,
 * while the company does not answer, refuses, or cannot bring the money to the customer.
 */
import { randomUUID } from 'node:crypto'
import { agreementBench, type Bench } from '@tillproof/cloud/money/ledger/testing-agreements.ts'
import { refundJob } from '@tillproof/cloud/money/refunds/job.ts'
import * as store from '@tillproof/cloud/money/refunds/store.ts'
import { type Refunds, testRefunds } from '@tillproof/cloud/money/refunds/testing-refunds.ts'
import { addSale, makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

let database: TestDatabase
let world: World
let bench: Bench
let book: Refunds
let merchant: TestMerchant
let order: Order
let refundId: string

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  world = await makeWorld(database.db)
  merchant = await openTestMerchant(database.db)
  bench = agreementBench(database.db, world)
  book = testRefunds(database.db, world, bench, 'wechat')
  await bench.agreed(book.terms())
  order = await merchant.order(world.devices[0])
  expect(await merchant.pay(order)).toBe(200)
  await merchant.hear()
  const sale = { device: world.devices[0], index: 1, amountMinor: 350n, orderId: order.id }
  const saleId = await addSale(database.db, world.operator, sale)
  await bench.matchAndClear()
  refundId = await book.asked(saleId, 100n)
  return () => merchant.close()
})

const SPLIT = 'company 3.50 · fee 0.02 · lender 1.05 · site 0.35 · owner 2.08'
const LEFT = 'company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48'

/** One look at the company, and what the book makes of it. */
async function look(): Promise<string | undefined> {
  const { deps } = merchant
  const job = refundJob({ ...deps, writers: bench.writers, payments: deps })
  await job.run(refundId)
  await book.clear()
  return (await database.db.withSystem(tx => store.findRefund(tx, refundId)))?.state
}
const detail = async () =>
  (await database.db.withSystem(tx => store.findRefund(tx, refundId)))?.detail

test('is submitted, told, and booked once', async () => {
  merchant.faults.add('double-notify')
  expect(await look()).toBe('submitted')
  expect(await merchant.hear()).toEqual(['REFUND.SUCCESS 204', 'REFUND.SUCCESS 204'])
  await book.clear()
  expect(await look()).toBe('succeeded')
  expect(await book.table()).toBe(LEFT)
})

test('done and not answered is unknown, and asked about by its id', async () => {
  merchant.faults.add('no-answer').add('no-notify')
  expect(await look()).toBe('unknown')
  merchant.faults.delete('no-answer')
  expect(await look()).toBe('succeeded')
  expect(await book.table()).toBe(LEFT)
})

test('not done by a fault of the company’s is sent again under its id', async () => {
  merchant.faults.add('server-error')
  expect(await look()).toBe('unknown')
  merchant.faults.clear()
  expect([await look(), await look(), await look()]).toEqual([
    'requested',
    'submitted',
    'succeeded',
  ])
  expect(await book.table()).toBe(LEFT)
})

test('refused, because all went back otherwise, gives back what was held', async () => {
  merchant.faults.add('no-notify')
  const other = { id: randomUUID(), orderId: order.id, amountMinor: 350n, paidMinor: 350n }
  await merchant.channel.refunds?.request({ ...other, currency: 'CNY', reason: 'other' })
  expect(await look()).toBe('refused')
  expect(await detail()).toBe('HTTP 400 INVALID_REQUEST: more than was paid')
  expect(await book.table()).toBe(SPLIT)
})

test('that does not reach the customer stays held', async () => {
  merchant.faults.add('refund-abnormal')
  expect([await look(), await look()]).toEqual(['submitted', 'abnormal'])
  expect(await book.table()).toContain('company 3.50 (1.00 held)')
})

test('told with a signature that does not hold is not believed', async () => {
  merchant.faults.add('bad-signature')
  expect(await look()).toBe('submitted')
  expect(await merchant.hear()).toEqual(['REFUND.SUCCESS 401'])
  await book.clear()
  expect(await book.table()).toContain('company 3.50 (1.00 held)')
})
