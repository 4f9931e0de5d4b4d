/** Who leaves orders unpaid, and whom that hinders: over HTTP, by the address that asks. */
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { makeWorld, type World } from '../testing.ts'
import { paymentRoutes } from './routes.ts'
import { paidNotification } from './testing.ts'
import { openShop, type Shop } from './testing-shop.ts'

let database: TestDatabase
let shop: Shop
let app: TestApp
let world: World

beforeAll(async () => {
  database = await testDatabase()
  shop = await openShop(database.db)
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  app = await testApp(database.db, paymentRoutes(shop.deps))
  return () => app.close()
})
afterAll(async () => {
  await shop.close()
  await database.drop()
})

async function ask(address: string): Promise<{ status: number; order: Order }> {
  const deviceId = world.devices[0]
  const wanted = { deviceId, amountMinor: '350', currency: 'CNY', item: 'A3', delivery: 'scanner' }
  const response = await fetch(`${app.url}/api/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(wanted),
  })
  return { status: response.status, order: (await response.json()) as Order }
}

async function askMany(address: string, count: number): Promise<Order[]> {
  const orders: Order[] = []
  for (let n = 0; n < count; n += 1) {
    const { status, order } = await ask(address)
    expect(status).toBe(201)
    orders.push(order)
  }
  return orders
}

const closedAtTheCompany = (id: string) =>
  shop.company.statuses.set(id, {
    merchantOrderId: id,
    state: 'expired',
    amountMinor: '350',
    currency: 'CNY',
    transactionId: null,
    paidAtMs: null,
  })

test('an address that orders without end is slowed down, and nobody else is', async () => {
  await askMany('203.0.113.1', 20)
  const { status, order } = await ask('203.0.113.1')
  expect({ status, code: Reflect.get(order, 'code') }).toEqual({
    status: 429,
    code: 'order.too-many',
  })
  expect((await ask('203.0.113.2')).status).toBe(201)
})

test('the eleventh unpaid order of an address closes its first, and only that', async () => {
  const others = await askMany('203.0.113.2', 1)
  const [first, second] = await askMany('203.0.113.1', 10)
  for (const { id } of [...others, first, second].flatMap(order => order ?? [])) {
    closedAtTheCompany(id)
  }
  await askMany('203.0.113.1', 1)
  const states = [first, second, ...others].map(order => shop.orderNow(order?.id ?? ''))
  expect((await Promise.all(states)).map(order => order.state)).toEqual([
    'expired',
    'created',
    'created',
  ])
})

test('paid orders do not count', async () => {
  for (const order of await askMany('203.0.113.1', 10)) {
    await shop.post(shop.company.notify(paidNotification(order.id, '350')))
  }
  await shop.processAll()
  await askMany('203.0.113.1', 20)
})
