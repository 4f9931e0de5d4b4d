/**
 * One sale that everybody tells ten times at once: the machine sends its batch, the company
 * notifies and is asked, two clouds match and clear. It is one payment, one sale, one journal.
 */
import { randomUUID } from 'node:crypto'
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ingest } from '../machines/ingest/ingest.ts'
import { TEST_CLOUD, type TestEnrolment, testEnrolment, testMachine } from '../machines/testing.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { testSession } from '../platform/testing-http.ts'
import { matchJob } from './attest/job.ts'
import { checkBook } from './ledger/check.ts'
import { clearBook } from './ledger/clearing.ts'
import { bookWriters } from './ledger/writers.ts'
import { askPaymentJob } from './payments/job.ts'
import { paidNotification } from './payments/testing.ts'
import { openShop, type Shop } from './payments/testing-shop.ts'

const TIMES = 10

let database: TestDatabase
let enrolment: TestEnrolment
let shop: Shop
beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  shop = await openShop(database.db)
})
afterAll(async () => {
  await shop.close()
  await enrolment.close()
  await database.drop()
})

test('delivered ten times by three paths at once, a sale clears once', async () => {
  const { db } = database
  const operator = await testSession(db, 'operator')
  const machine = await testMachine(enrolment, operator)
  const order = await shop.order(machine.deviceId)
  const paid = paidNotification(order.id, '350')
  const { merchantOrderId, transactionId, amountMinor, currency, paidAtMs } = paid
  const status = { merchantOrderId, transactionId, amountMinor, currency, paidAtMs }
  shop.company.statuses.set(order.id, { ...status, state: 'paid' })
  machine.log.append(
    { kind: 'sale.requested', sale: 1, item: 'A3', amountMinor: 350n, currency: 'CNY' },
    { kind: 'payment.seen', sale: 1, orderId: order.id },
    { kind: 'sale.approved', sale: 1, amountMinor: 350n, currency: 'CNY' },
    { kind: 'sale.result', sale: 1, result: 'success' },
  )
  const batch = machine.log.batch(0)
  const receiptSigner = ed25519Signer(`${TEST_CLOUD}/receipts`, ed25519.generate().privateKey)
  const deps = { db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
  const book = operator.organisation.id
  const clouds = [newWriters(), newWriters()]

  await Promise.all([
    often(() => ingest(deps, machine.deviceId, batch)),
    often(() => shop.post(shop.company.notify(paid))),
    often(() => askPaymentJob(shop.deps, 0).run(order.id)),
    often(() => shop.processAll()),
    often(() => matchJob({ db, wake: () => undefined }).run(book)),
    ...clouds.map(writers => often(() => clearBook({ db, writers }, book))),
  ])
  // Whatever came last has to be matched and cleared, too.
  await shop.processAll()
  await matchJob({ db, wake: () => undefined }).run(book)
  for (const writers of clouds) {
    await clearBook({ db, writers }, book)
    await writers.close()
  }

  expect(await counted(book)).toEqual({ payments: 1n, sales: 1n, journals: 1n })
  expect((await checkBook(db, book)).faults).toEqual([])
  expect(await receivable(book)).toBe('350 / 0')
}, 120_000)

const newWriters = () =>
  bookWriters({
    db: database.db,
    writer: randomUUID(),
    leaseMs: 50,
    clock: Date.now,
    randomBytes,
  })

/** All at once; what fails because another is at it is done by that other. */
async function often(work: () => Promise<unknown>): Promise<void> {
  await Promise.allSettled(Array.from({ length: TIMES }, work))
}

const counted = async (book: string) => {
  const [row] = await database.db.withSystem(tx =>
    tx.query(
      `select (select count(*) from payments where operator_id = $1) as payments,
         (select count(*) from sales where operator_id = $1) as sales,
         (select count(*) from journals where operator_id = $1) as journals`,
      [book],
    ),
  )
  return row
}

const receivable = async (book: string) => {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ debits: bigint; credits: bigint }>(
      `select debits_posted as debits, credits_posted as credits from accounts
       where operator_id = $1 and path = 'psp:sandbox:receivable'`,
      [book],
    ),
  )
  return `${row?.debits} / ${row?.credits}`
}
