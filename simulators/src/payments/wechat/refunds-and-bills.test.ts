/** Money that goes back, and the company's bills of a day, over real HTTP with real signatures. */
import { randomUUID } from 'node:crypto'
import type {
  BillKind,
  ChannelBills,
  ChannelRefunds,
} from '@tillproof/cloud/money/payments/channel.ts'
import { makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

let database: TestDatabase
let merchant: TestMerchant
let world: World

beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  merchant = await openTestMerchant(database.db)
  return () => merchant.close()
})
afterAll(() => database.drop())

const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const reasons = async () => {
  const rows = await rowsOf('select reason from open_items where operator_id = $1 order by reason')
  return rows.map(row => row.reason)
}
const refunds = () => merchant.channel.refunds as ChannelRefunds
const bills = () => merchant.channel.bills as ChannelBills
/** Fetched and read. */
const bill = async (kind: BillKind, day: string) => {
  const answer = await bills().fetch(kind, day)
  if (!('ok' in answer)) return answer
  return kind === 'trades' ? bills().readTrades(answer.body) : bills().readFunds(answer.body)
}
const paidOrder = async () => {
  const order = await merchant.order(world.devices[0])
  expect(await merchant.pay(order)).toBe(200)
  return order
}
const refundOf = (order: Order, amountMinor = 350n, change: object = {}) => ({
  id: randomUUID(),
  orderId: order.id,
  amountMinor,
  paidMinor: 350n,
  currency: 'CNY',
  reason: '未出货',
  ...change,
})

describe('a refund', () => {
  test('is accepted, done, told, and answered for', async () => {
    const order = await paidOrder()
    await merchant.hear()
    const refund = refundOf(order, 120n)
    const asked = await refunds().request(refund)
    expect(asked).toMatchObject({ ok: true, fact: { state: 'pending', amountMinor: 120n } })
    expect(await refunds().query(refund.id)).toMatchObject({
      fact: { refundId: refund.id, orderId: order.id, state: 'succeeded' },
    })
    expect(await merchant.hear()).toEqual(['REFUND.SUCCESS 204'])
    expect(await rowsOf('select amount_minor from open_items where operator_id = $1')).toEqual([
      { amount_minor: 120n },
    ])
    expect(await reasons()).toEqual(['payment-refunded'])
  })

  test('sent twice under one id is one; under two, no more than was paid goes back', async () => {
    const order = await paidOrder()
    const refund = refundOf(order, 200n)
    const answers = [await refunds().request(refund), await refunds().request(refund)]
    const ids = answers.map(each => ('fact' in each ? each.fact.companyRefundId : undefined))
    expect(new Set(ids)).toEqual(new Set([expect.stringMatching(/^5030/)]))
    expect(await refunds().request(refundOf(order, 151n))).toMatchObject({
      refused: 'rejected',
      detail: 'HTTP 400 INVALID_REQUEST: more than was paid',
    })
    expect(await refunds().request(refundOf(order, 150n))).toMatchObject({ ok: true })
    expect(await refunds().request({ ...refund, amountMinor: 1n })).toMatchObject({
      refused: 'rejected',
    })
  })

  test('of an order that is not paid, or not there, is rejected with the reason', async () => {
    const order = await merchant.order(world.devices[0])
    expect(await refunds().request(refundOf(order))).toEqual({
      refused: 'rejected',
      detail: 'HTTP 400 INVALID_REQUEST: the order is not paid',
    })
    expect(await refunds().query(randomUUID())).toMatchObject({
      refused: 'not-there',
      detail: 'HTTP 404 RESOURCE_NOT_EXISTS: no such refund',
    })
  })

  test('that was done but not answered is unknown, until it is asked about', async () => {
    const order = await paidOrder()
    const refund = refundOf(order)
    merchant.faults.add('no-answer')
    expect(await refunds().request(refund)).toMatchObject({ refused: 'unknown' })
    merchant.faults.clear()
    expect(await refunds().query(refund.id)).toMatchObject({ fact: { state: 'succeeded' } })
  })

  test('that met a fault of the company’s was not done, and is unknown all the same', async () => {
    const order = await paidOrder()
    const refund = refundOf(order)
    merchant.faults.add('server-error')
    expect(await refunds().request(refund)).toMatchObject({ refused: 'unknown' })
    merchant.faults.clear()
    expect(await refunds().query(refund.id)).toMatchObject({ refused: 'not-there' })
  })

  test('told before its payment: the payment is recorded, and gives no voucher', async () => {
    merchant.faults.add('refund-first')
    const order = await paidOrder()
    await refunds().request(refundOf(order))
    expect(await merchant.hear()).toEqual(['REFUND.SUCCESS 204'])
    expect((await merchant.orderNow(order.id)).state).toBe('created')
    merchant.aheadMs += 60_000
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204'])
    expect(await merchant.orderNow(order.id)).toMatchObject({ state: 'paid', voucher: null })
    expect(await rowsOf('select amount_minor from payments where operator_id = $1')).toHaveLength(1)
    expect(await reasons()).toEqual(['payment-refunded'])
  })

  test('that cannot go back is an open item', async () => {
    merchant.faults.add('refund-abnormal')
    const order = await paidOrder()
    await refunds().request(refundOf(order))
    await merchant.hear()
    expect((await merchant.orderNow(order.id)).state).toBe('paid')
    expect(await reasons()).toEqual(['refund-failed'])
  })
})

describe('the bills of a day', () => {
  const dayOf = (atMs: number) => new Date(atMs + 28_800_000).toISOString().slice(0, 10)
  test('are there the next morning, and say what was paid, returned and kept as fees', async () => {
    // Noon in Beijing of a day ahead: nothing here happens across midnight.
    const noonMs = Date.parse(`${dayOf(Date.now() + 86_400_000)}T04:00:00Z`)
    merchant.aheadMs = noonMs - Date.now()
    const day = dayOf(noonMs)
    const order = await paidOrder()
    const refund = refundOf(order, 100n)
    await refunds().request(refund)
    expect(await bill('trades', day)).toMatchObject({ refused: 'not-ready' })
    merchant.aheadMs += 86_400_000
    expect(await bill('trades', day)).toMatchObject({
      ok: true,
      lines: [
        { orderId: order.id, amountMinor: 350n, settledMinor: 350n, feeMilliMinor: 2100n },
        {
          orderId: order.id,
          amountMinor: 0n,
          feeMilliMinor: -600n,
          refund: { refundId: refund.id, amountMinor: 100n },
        },
      ],
    })
    const flow = { direction: 'out' }
    expect(await bill('funds', day)).toMatchObject({
      ok: true,
      lines: [
        { voucherId: order.id, direction: 'in', amountMinor: 350n, balanceMinor: 350n },
        { ...flow, business: '扣除交易手续费', amountMinor: 2n, balanceMinor: 348n },
        { ...flow, business: '退款', amountMinor: 99n, balanceMinor: 249n },
      ],
    })
    expect(await bill('funds', dayOf(noonMs - 86_400_000))).toMatchObject({ refused: 'none' })
    merchant.faults.add('altered-bill')
    expect(await bill('trades', day)).toEqual({
      refused: 'unreachable',
      detail: 'the bill’s hash differs',
    })
    merchant.faults.add('server-error')
    expect(await bill('trades', day)).toEqual({ refused: 'unreachable', detail: 'HTTP 500' })
  })
})
