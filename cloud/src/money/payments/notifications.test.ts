/**
 * What payment companies say, on a real database over real HTTP: doubled, reordered, late,
 * mis-signed, for the wrong amount, or never there at all.
 */
import { randomUUID } from 'node:crypto'
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import { askPaymentJob } from './job.ts'
import { paidNotification } from './testing.ts'
import { openShop, type Shop } from './testing-shop.ts'

let database: TestDatabase
let shop: Shop
let world: World

beforeAll(async () => {
  database = await testDatabase()
  shop = await openShop(database.db)
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  shop.woken.length = 0
  shop.now = Date.now
})
afterAll(async () => {
  await shop.close()
  await database.drop()
})

const ordered = (change: object = {}): Promise<Order> => shop.order(world.devices[0], change)
const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const reasons = async () => {
  const rows = await rowsOf('select reason from open_items where operator_id = $1 order by reason')
  return rows.map(row => row.reason)
}
const payments = () => rowsOf('select amount_minor from payments where operator_id = $1')

describe('notifications', () => {
  test('doubled and delivered at once pay once', async () => {
    const order = await ordered()
    const told = paidNotification(order.id, '350')
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => shop.post(shop.company.notify(told))),
    )
    expect(new Set(statuses)).toEqual(new Set([204]))
    await Promise.all([shop.processAll(), shop.processAll()])
    expect(await payments()).toEqual([{ amount_minor: 350n }])
    expect(await reasons()).toEqual([])
  })

  test('under another id for the same transaction are a repetition', async () => {
    const order = await ordered()
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual([])
  })

  test('for another transaction on a paid order are a conflict', async () => {
    const order = await ordered()
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.post(
      shop.company.notify(paidNotification(order.id, '350', { transactionId: 'second' })),
    )
    await shop.processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual(['payment-conflict'])
  })

  test.each([
    ['too little', { amountMinor: '349' }],
    ['too much', { amountMinor: '351' }],
    ['in another currency', { currency: 'USD' }],
  ])('of %s pay nothing and open an item', async (_, change) => {
    const order = await ordered()
    await shop.post(shop.company.notify(paidNotification(order.id, '350', change)))
    await shop.processAll()
    expect((await shop.orderNow(order.id)).state).toBe('failed')
    expect(await askPaymentJob(shop.deps, -1000).due()).not.toContain(order.id)
    expect(await payments()).toEqual([])
    expect(await reasons()).toEqual(['payment-amount-differs'])
  })

  test('that name the transaction of another order are a conflict, and stop nothing', async () => {
    const [first, second] = [await ordered(), await ordered()]
    const told = { transactionId: `t${first.id}` }
    await shop.post(shop.company.notify(paidNotification(first.id, '350', told)))
    await shop.processAll()
    await shop.post(shop.company.notify(paidNotification(second.id, '350', told)))
    await shop.processAll()
    expect(await payments()).toHaveLength(1)
    expect((await shop.orderNow(second.id)).voucher).toBeNull()
    expect(await reasons()).toEqual(['payment-conflict'])
  })

  test('that are mis-signed, stale, unsigned, early or undated are not even kept', async () => {
    const order = await ordered()
    const told = paidNotification(order.id, '350')
    const probes = [
      shop.company.notify(told, { signed: 'something else' }),
      shop.company.notify(told, { atMs: Date.now() - 301_000 }),
      shop.company.notify(told, { atMs: Date.now() + 302_000 }),
      { headers: {}, body: JSON.stringify(told) },
      shop.company.notify({ ...told, paidAtMs: Number.MAX_SAFE_INTEGER }),
      { ...shop.company.notify(told), body: JSON.stringify(told, null, 1) },
    ]
    for (const probe of probes) expect(await shop.post(probe)).toBe(401)
    await shop.processAll()
    expect(await payments()).toEqual([])
  })

  test('of orders nobody made are kept and lead nowhere', async () => {
    expect(await shop.post(shop.company.notify(paidNotification(randomUUID(), '350')))).toBe(204)
    await shop.processAll()
    expect(await payments()).toEqual([])
  })

  test('of a company that the order is not with are kept and lead nowhere', async () => {
    const order = await ordered()
    await rowsOf(`update orders set channel = 'another' where operator_id = $1`)
    expect(await shop.post(shop.company.notify(paidNotification(order.id, '350')))).toBe(204)
    await shop.processAll()
    expect((await shop.orderNow(order.id)).state).toBe('created')
    expect(await payments()).toEqual([])
  })

  test('that come after the order expired take the money, but give no voucher', async () => {
    const order = await ordered()
    shop.now = () => Date.now() + 200_000
    const told = paidNotification(order.id, '350')
    await rowsOf(
      `update orders set expires_at = created_at + interval '1 second' where operator_id = $1`,
    )
    await shop.post(shop.company.notify(told))
    await shop.processAll()
    expect(await shop.orderNow(order.id)).toMatchObject({ state: 'paid', voucher: null })
    expect(await reasons()).toEqual(['payment-late'])
  })
})

describe('when no notification comes', () => {
  const status = (id: string, state: 'paid' | 'unpaid' | 'expired') => ({
    merchantOrderId: id,
    state,
    amountMinor: '350',
    currency: 'CNY',
    transactionId: state === 'paid' ? `t${id}` : null,
    paidAtMs: state === 'paid' ? Date.now() : null,
  })
  test('the company is asked, and its signed answer pays, once', async () => {
    const order = await ordered()
    shop.company.statuses.set(order.id, status(order.id, 'paid'))
    const job = askPaymentJob(shop.deps, -1000)
    expect(await job.due()).toContain(order.id)
    await job.run(order.id)
    await shop.processAll()
    expect((await shop.orderNow(order.id)).state).toBe('paid')
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual([])
  })

  test.each([
    ['unpaid', 'created'],
    ['expired', 'expired'],
  ] as const)('and it says %s, the order is %s', async (said, state) => {
    const order = await ordered()
    shop.company.statuses.set(order.id, status(order.id, said))
    await askPaymentJob(shop.deps).run(order.id)
    expect((await shop.orderNow(order.id)).state).toBe(state)
  })

  test('and the company is down, the order waits', async () => {
    const order = await ordered()
    shop.company.failures.push(500)
    await askPaymentJob(shop.deps).run(order.id)
    expect((await shop.orderNow(order.id)).state).toBe('created')
  })
})
