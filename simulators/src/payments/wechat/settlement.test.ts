/**
 * A day at WeChat Pay as its bills settle it, and what is left frozen after a month, over real HTTP
 * with real signatures.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { matchJob } from '@tillproof/cloud/money/attest/job.ts'
import { checkBook } from '@tillproof/cloud/money/ledger/check.ts'
import { clearJob } from '@tillproof/cloud/money/ledger/job.ts'
import { bookWriters } from '@tillproof/cloud/money/ledger/writers.ts'
import { billsJob, settleJob, splitRestsJob } from '@tillproof/cloud/money/settlement/job.ts'
import { addSale, makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

const DAY_MS = 86_400_000
let database: TestDatabase
let merchant: TestMerchant
let world: World
beforeAll(async () => {
  database = await testDatabase()
  world = await makeWorld(database.db)
  merchant = await openTestMerchant(database.db)
  // Noon in Beijing of a day ahead: nothing here happens across midnight.
  const day = new Date(Date.now() + DAY_MS + 28_800_000).toISOString().slice(0, 10)
  merchant.aheadMs = Date.parse(`${day}T04:00:00Z`) - Date.now()
})
afterAll(async () => {
  await merchant.close()
  await database.drop()
})

const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const paid = async (): Promise<Order> => {
  const order = await merchant.order(world.devices[0])
  expect(await merchant.pay(order)).toBe(200)
  await merchant.hear()
  return order
}
/** What the queue does with all that is due. */
async function runAll(job: ReturnType<typeof billsJob>): Promise<void> {
  for (const id of await job.due()) await job.run(id)
}

test('its bills of the day settle what was sold, less the fee it kept', async () => {
  const { db } = database
  const orders = [await paid(), await paid()]
  for (const [at, { id: orderId }] of orders.entries()) {
    const sale = { device: world.devices[0], index: at + 1, amountMinor: 350n, orderId }
    await addSale(db, world.operator, sale)
  }
  const name = { writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters({ db, ...name })
  await matchJob({ db, wake: () => undefined }).run(world.operator)
  await clearJob({ db, writers }).run(world.operator)
  const bills = billsJob({ ...merchant.deps, log: () => undefined })
  const settle = settleJob({ db, writers })
  await runAll(bills)
  expect(await settle.due()).toEqual([])
  merchant.aheadMs += DAY_MS
  merchant.faults.add('altered-bill')
  await runAll(bills)
  expect(await settle.due()).toEqual([])
  merchant.faults.clear()
  merchant.aheadMs += 60_001
  await runAll(bills)
  await runAll(settle)
  expect(
    await rowsOf('select gross_minor, fee_minor, lines from settlements where operator_id = $1'),
  ).toEqual([{ gross_minor: 700n, fee_minor: 4n, lines: 2 }])
  expect(
    await rowsOf(
      `select debits_posted - credits_posted as paid_out from accounts
        where operator_id = $1 and path like 'in-transit:wechat:%'`,
    ),
  ).toEqual([{ paid_out: 696n }])
  const [bill] = await rowsOf(
    `select body_hash = sha256(body) as holds from channel_bills
      where kind = 'trades' and $1::uuid is not null and body is not null`,
  )
  expect(bill).toEqual({ holds: true })
  expect((await checkBook(db, world.operator)).faults).toEqual([])
  await writers.close()
})

test('what is frozen after a month is released by a request of our own, once', async () => {
  const order = await paid()
  const rests = splitRestsJob(merchant.deps)
  await runAll(rests)
  const left = () =>
    rowsOf(
      `select frozen_minor, outcome from unfreezes u where operator_id = $1
          and order_id = '${order.id}'`,
    )
  expect(await left()).toEqual([])
  merchant.aheadMs += 29.5 * DAY_MS
  merchant.faults.add('no-answer')
  await runAll(rests)
  expect(await left()).toEqual([{ frozen_minor: null, outcome: null }])
  merchant.faults.clear()
  merchant.aheadMs += 700_000
  await runAll(rests)
  await runAll(rests)
  expect(await left()).toEqual([{ frozen_minor: 350n, outcome: 'released' }])
  expect(
    await rowsOf(`select from open_items where operator_id = $1
    and reason = 'frozen-amount-differs' and order_id = '${order.id}'`),
  ).toEqual([])
})
