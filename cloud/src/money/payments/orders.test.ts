/** Orders on a real database over real HTTP: who may order what, and how the voucher gets out. */

import type { Order } from '@tillproof/shared/api/money.ts'
import { openVoucher } from '@tillproof/shared/wire/voucher.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { addSale, makeWorld, type World } from '../testing.ts'
import { voucherJob } from './job.ts'
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

describe('an order', () => {
  test('is created, paid, and answered with a voucher for this machine and amount', async () => {
    const order = await ordered()
    expect(order).toMatchObject({ state: 'created', voucher: null })
    expect(await shop.post(shop.company.notify(paidNotification(order.id, '350')))).toBe(204)
    await shop.processAll()
    const paid = await shop.orderNow(order.id)
    expect(paid.state).toBe('paid')
    const key = shop.voucherPublicKey
    expect(openVoucher(paid.voucher ?? '', key, Date.now(), world.devices[0])).toMatchObject({
      ok: true,
      voucher: { orderId: order.id, amountMinor: 350n, currency: 'CNY', delivery: 'scanner' },
    })
    expect(shop.woken).toContain(`match ${world.operator}`)
  })

  test('leaves its psp-notification leaf with the payment', async () => {
    const order = await ordered()
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.processAll()
    const leaves = await database.db.withSystem(tx =>
      tx.query(`select length(body) as length from log_staged where ref = $1`, [order.id]),
    )
    expect(leaves).toEqual([{ length: 32 }])
  })

  test.each([
    ['zero', { amountMinor: '0' }],
    ['negative', { amountMinor: '-350' }],
    ['fractional', { amountMinor: '3.5' }],
    ['a number instead of text', { amountMinor: 350 }],
    ['absurd', { amountMinor: '1000000000001' }],
    ['in no currency', { currency: 'yuan' }],
  ])('for an amount that is %s is refused', async (_, change) => {
    expect((await shop.ask(world.devices[0], change)).status).toBe(400)
  })

  test('at no machine, or one out of service, is refused', async () => {
    expect((await shop.ask('dzzzzzzzzzzzz')).status).toBe(404)
    await rowsOf(`update devices set status = 'quarantined' where operator_id = $1`)
    expect((await shop.ask(world.devices[0])).body).toMatchObject({ code: 'device.inactive' })
  })

  test('that the company does not take fails, and says so', async () => {
    shop.company.failures.push(503)
    const answer = await shop.ask(world.devices[0])
    expect(answer).toMatchObject({ status: 502, body: { code: 'order.channel-down' } })
    expect(await rowsOf('select state from orders where operator_id = $1')).toEqual([
      { state: 'failed' },
    ])
  })

  test('shows its voucher no longer once the machine has reported the sale', async () => {
    const order = await ordered()
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.processAll()
    const device = world.devices[0]
    await addSale(database.db, world.operator, {
      device,
      index: 1,
      amountMinor: 350n,
      orderId: order.id,
    })
    expect((await shop.orderNow(order.id)).voucher).toBeNull()
  })
})

describe('vouchers by downlink', () => {
  test('go down again until the machine reports the sale', async () => {
    const sent: string[] = []
    const sendCommand = async (deviceId: string, { voucher }: { voucher: string }) => {
      sent.push(`${deviceId} ${voucher}`)
    }
    const job = voucherJob({ ...shop.deps, sendCommand }, -1000)
    const order = await ordered({ delivery: 'downlink' })
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
    await shop.processAll()
    expect(shop.woken).toContain(`voucher ${order.id}`)
    expect((await shop.orderNow(order.id)).voucher).toBeNull()
    for (let i = 0; i < 2; i++) {
      expect(await job.due()).toContain(order.id)
      await job.run(order.id)
    }
    expect(sent).toHaveLength(2)
    expect(new Set(sent).size).toBe(1)
    const device = world.devices[0]
    await addSale(database.db, world.operator, {
      device,
      index: 1,
      amountMinor: 350n,
      orderId: order.id,
      state: 'open',
    })
    expect(await job.due()).not.toContain(order.id)
    await job.run(order.id)
    expect(sent).toHaveLength(2)
  })
})
