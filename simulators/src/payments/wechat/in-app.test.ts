/** Paid within the company's app (JSAPI): what the merchant signed, by this customer alone. */
import { makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

let database: TestDatabase
let merchant: TestMerchant
let world: World

beforeAll(async () => {
  database = await testDatabase()
  merchant = await openTestMerchant(database.db)
  world = await makeWorld(database.db)
})
afterAll(async () => {
  await merchant.close()
  await database.drop()
})

const PAYER = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'

async function ordered(): Promise<Order> {
  const { status, body } = await merchant.ask(world.devices[0], { payer: PAYER })
  expect(status).toBe(201)
  return body as Order
}

async function pay(payment: Order['inApp'], openid = PAYER): Promise<number> {
  const answer = await fetch(`${merchant.wechat.url}/app/${openid}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payment),
  })
  return answer.status
}

test('an order with a payer has no code, is paid in the app and gives its voucher', async () => {
  const order = await ordered()
  expect(order).toMatchObject({ payUrl: '', state: 'created' })
  expect(order.inApp).toMatchObject({
    appId: merchant.wechat.keys.settings.appId,
    signType: 'RSA',
    package: expect.stringMatching(/^prepay_id=wx/),
  })
  expect(await pay(order.inApp)).toBe(200)
  expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204'])
  expect(await merchant.orderNow(order.id)).toMatchObject({ state: 'paid', payUrl: '' })
  expect((await merchant.orderNow(order.id)).voucher).toEqual(expect.any(String))
})

test('another package, time or customer than was signed pays nothing', async () => {
  const { id, inApp = {} } = await ordered()
  const other = (await ordered()).inApp?.package ?? ''
  expect(await pay({ ...inApp, package: other })).toBe(400)
  expect(await pay({ ...inApp, timeStamp: String(Number(inApp.timeStamp) + 1) })).toBe(400)
  expect(await pay(inApp, 'somebody-else')).toBe(404)
  expect(await merchant.hear()).toEqual([])
  expect(await merchant.orderNow(id)).toMatchObject({ state: 'created' })
})

test('who pays is not kept', async () => {
  await ordered()
  const rows = await database.db.withSystem(tx =>
    tx.query<{ kept: string }>('select orders::text as kept from orders'),
  )
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ kept }) => kept.includes(PAYER))).toEqual([])
})
