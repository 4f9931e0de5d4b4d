/** Bills with money that went back: refunds, deposits and lost disputes. Amounts in fen. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { checkBook } from '../ledger/check.ts'
import { bookRefunds } from '../refunds/booking.ts'
import { findPaidSale, insertRefund } from '../refunds/store.ts'
import { DAY, type SettledBench, settledBench } from './testing-settled.ts'

let database: TestDatabase
let book: SettledBench
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  book = await settledBench(database.db)
  await book.agrees()
  return () => book.close()
})
afterAll(() => database.drop())

const NEXT = '2026-11-22'

/** The company says that so much went back; it is booked. Answers the refund's id. */
async function refunded(
  saleId: string,
  amountMinor: bigint,
  change: { cause?: 'operator' | 'chargeback'; feeMinor?: bigint } = {},
): Promise<string> {
  const { db } = database
  const id = randomUUID()
  await db.withSystem(async tx => {
    const sale = (await findPaidSale(tx, saleId)) ?? expect.fail('not paid')
    const why = { cause: 'operator', reason: 'test', state: 'succeeded', ...change } as const
    await insertRefund(tx, { ...sale, id, amountMinor, ...why })
  })
  await bookRefunds({ db, writers: book.writers }, book.world.operator)
  return id
}

test('a refund after the settlement is taken back from what is available', async () => {
  const orderId = await book.pays(350n)
  const saleId = await book.sells(orderId, 350n)
  book.bill(DAY, [{ orderId, amountMinor: 350n, feeMinor: 2n }])
  await book.noonAfter(DAY)
  const refund = await refunded(saleId, 100n)
  // Of 2.50 the fee is 2 as well: 1.50 half up. Pending falls below nothing until the bill comes.
  expect(await book.accounts()).toMatchObject({ 'loan:repayment': '135 / 105' })
  book.bill(NEXT, [{ orderId, amountMinor: -100n, feeMinor: 0n, refund }])
  await book.noonAfter(NEXT)
  expect(await book.accounts()).toMatchObject({
    receivable: '350 / 350',
    'owed:receivable': '100 / 100',
    [`in-transit:sandbox:${DAY}`]: '348 / 0',
    [`in-transit:sandbox:${NEXT}`]: '0 / 100',
    'loan:repayment': '135 / 135',
    'loan:repaid': '30 / 105',
    'party:site:share': '45 / 45',
    'party:site:available': '10 / 35',
    'party:operator:available': '60 / 208',
  })
  expect(await book.items()).toEqual([])
  expect((await checkBook(database.db, book.world.operator)).faults).toEqual([])
})

test('a lost dispute takes all of it and what the company charges, once', async () => {
  const orderId = await book.pays(350n)
  const saleId = await book.sells(orderId, 350n)
  const id = await refunded(saleId, 350n, { cause: 'chargeback', feeMinor: 1_500n })
  book.bill(DAY, [
    { orderId, amountMinor: 350n, feeMinor: 2n },
    // The fee of the payment comes back, 15.00 are charged.
    { orderId, amountMinor: -350n, feeMinor: 1_498n, refund: id },
  ])
  await book.noonAfter(DAY)
  expect(await book.items()).toEqual([])
  expect(await book.accounts()).toMatchObject({
    [`in-transit:sandbox:${DAY}`]: '0 / 1500',
    fees: '1502 / 1502',
    'loan:repayment': '105 / 105',
  })
  expect((await checkBook(database.db, book.world.operator)).faults).toEqual([])
})

test('a payment that bought nothing is settled with its refund', async () => {
  const orderId = await book.pays(350n)
  const { db } = database
  const id = randomUUID()
  const { operator: operatorId, devices } = book.world
  await db.withSystem(tx =>
    insertRefund(tx, {
      ...{ id, operatorId, deviceId: devices[0], orderId, channel: 'sandbox' },
      ...{ amountMinor: 350n, currency: 'CNY', cause: 'no-sale', reason: 'test' },
      state: 'succeeded',
    }),
  )
  await bookRefunds({ db, writers: book.writers }, operatorId)
  book.bill(DAY, [
    { orderId, amountMinor: 350n, feeMinor: 2n },
    { orderId, amountMinor: -350n, feeMinor: -2n, refund: id },
  ])
  await book.noonAfter(DAY)
  const [left] = await db.withSystem(tx =>
    tx.query<{ open: bigint }>(
      'select count(*) as open from bill_lines where operator_id = $1 and released_in is null',
      [operatorId],
    ),
  )
  expect([left?.open, await book.items()]).toEqual([0n, []])
  expect(await book.accounts()).not.toHaveProperty(`in-transit:sandbox:${DAY}`)
})
