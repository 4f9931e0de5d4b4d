/** Days as the payment company bills them, in tables that a banker can read. Amounts in fen. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { checkBook } from '../ledger/check.ts'
import { DAY, type SettledBench, settledBench } from './testing-settled.ts'

let database: TestDatabase
let book: SettledBench
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  book = await settledBench(database.db)
  return () => book.close()
})
afterAll(() => database.drop())

const NEXT = '2026-11-22'
const line = (orderId: string, amountMinor = 350n, feeMinor = 2n) => ({
  orderId,
  amountMinor,
  feeMinor,
})
/** So many sales of 3.50, paid, sold and split: fee 2, loan 105, site 35, operator 208 each. */
async function sold(count: number): Promise<string[]> {
  await book.agrees()
  const orders: string[] = []
  for (let i = 0; i < count; i++) {
    const orderId = await book.pays(350n)
    await book.sells(orderId, 350n)
    orders.push(orderId)
  }
  return orders
}
const settlements = () =>
  database.db.withSystem(tx =>
    tx.query<{ name: string; gross_minor: bigint; fee_minor: bigint; booked: boolean }>(
      `select day || ' ' || number as name, gross_minor, fee_minor,
              journal_seq is not null as booked
         from settlements where operator_id = $1 order by day, number`,
      [book.world.operator],
    ),
  )
const isSound = async () => expect(await soundness()).toEqual([])
const soundness = async () => (await checkBook(database.db, book.world.operator)).faults

describe('a day is settled by its bill', () => {
  test('pending becomes available; the operator bears what the fee was more', async () => {
    const [one = '', other = ''] = await sold(2)
    expect(await book.accounts()).toMatchObject({ receivable: '700 / 0', fees: '0 / 4' })
    book.bill(DAY, [line(one, 350n, 3n), line(other, 350n, 3n)])
    await book.noonAfter(DAY)
    expect(await book.accounts()).toEqual({
      receivable: '700 / 700',
      [`in-transit:sandbox:${DAY}`]: '694 / 0',
      fees: '4 / 4',
      'loan:repayment': '210 / 210',
      'loan:repaid': '0 / 210',
      'party:site:share': '70 / 70',
      'party:site:available': '0 / 70',
      'party:operator:share': '416 / 416',
      'party:operator:available': '0 / 414',
    })
    expect(await settlements()).toEqual([
      { name: `${DAY} 0`, gross_minor: 700n, fee_minor: 6n, booked: true },
    ])
    expect(await book.items()).toEqual([])
    await isSound()
  })

  test('asked for again it changes nothing; before ten in the morning nobody asks', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line(orderId)])
    book.shop.now = () => Date.parse(`${NEXT}T09:59:00Z`)
    await book.settle()
    expect(await settlements()).toEqual([])
    await book.noonAfter(DAY)
    await book.noonAfter(DAY)
    expect(await settlements()).toHaveLength(1)
    expect(await book.accounts()).toMatchObject({ 'party:operator:available': '0 / 208' })
  })

  test('a fee beyond rounding is an open item, and booked all the same', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line(orderId, 350n, 35n)])
    await book.noonAfter(DAY)
    expect(await book.items()).toEqual(['fee-differs'])
    expect(await book.accounts()).toMatchObject({ 'party:operator:available': '0 / 175' })
    await isSound()
  })

  test('a bill that is not there yet, or cannot be read, is asked for again', async () => {
    const [orderId = ''] = await sold(1)
    await book.noonAfter(DAY)
    book.bill(DAY, [line(orderId)])
    book.shop.company.bills.set(`${DAY}/trades`, { day: DAY, trades: [{ atMs: 'noon' }] })
    await book.noonAfter(NEXT)
    expect(await settlements()).toEqual([])
    book.bill(DAY, [line(orderId)])
    book.bill(NEXT, [])
    await book.noonAfter('2026-11-23')
    expect(await settlements()).toMatchObject([{ name: `${DAY} 0`, booked: true }])
  })
})

describe('what does not fit', () => {
  test('a payment that its bill lacks may be in the next: the item closes by itself', async () => {
    const [one = '', late = ''] = await sold(2)
    book.bill(DAY, [line(one)])
    await book.noonAfter(DAY)
    expect(await book.items()).toEqual(['cut-off'])
    book.bill(NEXT, [line(late)])
    await book.noonAfter(NEXT)
    expect(await book.items()).toEqual([])
    expect(await settlements()).toMatchObject([{ name: `${DAY} 0` }, { name: `${NEXT} 0` }])
    expect(await book.accounts()).toMatchObject({ receivable: '700 / 700' })
    await isSound()
  })

  test('… and is missing when no bill had it for three days, until one has', async () => {
    const [orderId = ''] = await sold(1)
    for (const day of [DAY, NEXT, '2026-11-23', '2026-11-24']) {
      book.bill(day, [])
      await book.noonAfter(day)
    }
    expect(await book.items()).toEqual(['missing-theirs'])
    book.bill('2026-11-25', [line(orderId)])
    await book.noonAfter('2026-11-25')
    expect(await book.items()).toEqual([])
  })

  test('a payment whose money moves a day later waits for it', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line(orderId)], [])
    await book.noonAfter(DAY)
    expect({ items: await book.items(), settled: await settlements() }).toEqual({
      items: ['cut-off'],
      settled: [],
    })
    book.bill(NEXT, [], [line(orderId)])
    await book.noonAfter(NEXT)
    expect(await book.items()).toEqual([])
    expect(await settlements()).toMatchObject([{ name: `${DAY} 0`, fee_minor: 2n }])
  })

  test('a payment that stands in two bills, or twice in one, is settled once', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line(orderId), line(orderId)], [line(orderId)])
    book.bill(NEXT, [line(orderId)], [])
    await book.noonAfter(DAY)
    await book.noonAfter(NEXT)
    expect(await book.items()).toEqual(['duplicate'])
    expect(await book.accounts()).toMatchObject({ receivable: '350 / 350' })
  })

  test('a refund that nobody booked is an open item after three days', async () => {
    const [orderId = ''] = await sold(1)
    const refund = { orderId, amountMinor: -100n, feeMinor: -1n, refund: 'elsewhere' }
    book.bill(DAY, [line(orderId), refund])
    await book.noonAfter(DAY)
    expect({ items: await book.items(), settled: await settlements() }).toMatchObject({
      items: [],
      settled: [{ gross_minor: 350n }],
    })
    for (const day of [NEXT, '2026-11-23', '2026-11-24']) {
      book.bill(day, [])
      await book.noonAfter(day)
    }
    expect(await book.items()).toEqual(['status-differs'])
  })

  test('another amount is settled by nobody', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line(orderId, 340n)])
    await book.noonAfter(DAY)
    expect(await book.items()).toEqual(['amount-differs'])
    expect(await settlements()).toEqual([])
  })

  test('a payment that we were never told of is asked about, and settled', async () => {
    await book.agrees()
    const { id } = await book.shop.order(book.world.devices[0])
    book.bill(DAY, [line(id)])
    await book.pays(350n)
    await book.noonAfter(DAY)
    expect(await book.items()).toEqual(['cut-off', 'missing-ours'])
    book.shop.company.statuses.set(id, {
      merchantOrderId: id,
      state: 'paid',
      amountMinor: '350',
      currency: 'CNY',
      transactionId: id,
      paidAtMs: Date.parse(`${DAY}T12:00:00Z`),
    })
    await book.settle()
    expect(await book.items()).toEqual(['cut-off'])
    await book.sells(id, 350n)
    await book.settle()
    expect(await settlements()).toMatchObject([{ name: `${DAY} 0`, gross_minor: 350n }])
  })

  test('an order that is not ours is kept for the platform, and leads nowhere', async () => {
    const [orderId = ''] = await sold(1)
    book.bill(DAY, [line('elsewhere-7'), line(orderId)])
    await book.noonAfter(DAY)
    const strays = await database.db.withSystem(tx =>
      tx.query(`select order_id, amount_minor from bill_strays where order_id = 'elsewhere-7'`),
    )
    expect(strays).toEqual([{ order_id: 'elsewhere-7', amount_minor: 350n }])
    expect(await settlements()).toMatchObject([{ gross_minor: 350n }])
  })
})

describe('what comes late', () => {
  test('a sale after its bill is settled by a further journal of the day', async () => {
    const [one = ''] = await sold(1)
    const late = await book.pays(100n)
    book.bill(DAY, [line(one), line(late, 100n, 1n)])
    await book.noonAfter(DAY)
    expect(await settlements()).toMatchObject([{ name: `${DAY} 0`, gross_minor: 350n }])
    await book.sells(late, 100n)
    await book.settle()
    expect(await settlements()).toMatchObject([
      { name: `${DAY} 0`, gross_minor: 350n },
      { name: `${DAY} 1`, gross_minor: 100n, fee_minor: 1n },
    ])
    expect(await book.accounts()).toMatchObject({ 'loan:repaid': '0 / 135' })
    await isSound()
  })

  test('takings that wait for an agreement are paid out, and shared when one speaks', async () => {
    const orderId = await book.pays(350n)
    await book.sells(orderId, 350n)
    book.bill(DAY, [line(orderId)])
    await book.noonAfter(DAY)
    expect(await book.accounts()).toEqual({
      receivable: '350 / 350',
      [`in-transit:sandbox:${DAY}`]: '348 / 0',
      'suspense:no-agreement': '0 / 350',
      'party:operator:available': '2 / 0',
    })
    await book.agrees(Date.now())
    await book.settle()
    expect(await book.accounts()).toEqual({
      receivable: '350 / 350',
      [`in-transit:sandbox:${DAY}`]: '348 / 0',
      fees: '2 / 2',
      'suspense:no-agreement': '350 / 350',
      'loan:repayment': '105 / 105',
      'loan:repaid': '0 / 105',
      'party:site:share': '35 / 35',
      'party:site:available': '0 / 35',
      'party:operator:share': '208 / 208',
      'party:operator:available': '2 / 210',
    })
    await isSound()
  })
})
