/**
 * Orders, notifications and vouchers on a real database over real HTTP: doubled, reordered, late,
 * mis-signed, for the wrong amount, or never there at all.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Order } from '@tillproof/shared/api/money.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { openVoucher } from '@tillproof/shared/wire/voucher.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { addSale, makeWorld, type World } from '../testing.ts'
import { askPaymentJob, paymentMessageJob, voucherJob } from './job.ts'
import type { PaymentsDeps } from './payments.ts'
import { paymentRoutes } from './routes.ts'
import { sandboxChannel } from './sandbox-channel.ts'
import { paidNotification, type SignedPost, type TestCompany, testCompany } from './testing.ts'

const voucherKeys = ed25519.generate()
let database: TestDatabase
let company: TestCompany
let app: TestApp
let deps: PaymentsDeps
let world: World
let woken: string[]
let now: () => number

beforeAll(async () => {
  database = await testDatabase()
  company = await testCompany()
  const clock = () => now()
  const sandbox = { credentials: company.credentials, notifyUrl: 'http://127.0.0.1/x' }
  deps = {
    db: database.db,
    channels: [sandboxChannel({ ...sandbox, clock, randomBytes })],
    voucherKey: voucherKeys.privateKey,
    wake: (name, id) => woken.push(`${name} ${id}`),
    clock,
    randomBytes,
  }
  app = await testApp(database.db, paymentRoutes({ ...deps, ordersPerMinute: 10_000 }))
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  woken = []
  now = Date.now
})
afterAll(async () => {
  await app.close()
  company.stop()
  await database.drop()
})

const newOrder = (change: object = {}) =>
  app.ask(null, 'POST', '/api/v1/orders', {
    deviceId: world.devices[0],
    amountMinor: '350',
    currency: 'CNY',
    item: 'A3',
    delivery: 'scanner',
    ...change,
  })
const ordered = async (change: object = {}): Promise<Order> => {
  const answer = await newOrder(change)
  expect(answer.status).toBe(201)
  return answer.body as Order
}
const orderNow = async (id: string): Promise<Order> =>
  (await app.ask(null, 'GET', `/api/v1/orders/${id}`)).body as Order
const post = async ({ headers, body }: SignedPost): Promise<number> => {
  const answer = await fetch(`${app.url}/webhooks/sandbox`, { method: 'POST', headers, body })
  return answer.status
}
/** What the queue does: each stored message that is due, once. */
async function processAll(): Promise<void> {
  const job = paymentMessageJob(deps)
  for (const id of await job.due()) await job.run(id)
}
const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const reasons = async () => {
  const rows = await rowsOf('select reason from open_items where operator_id = $1 order by reason')
  return rows.map(row => row.reason)
}
const payments = () => rowsOf('select amount_minor from payments where operator_id = $1')

describe('an order', () => {
  test('is created, paid, and answered with a voucher for this machine and amount', async () => {
    const order = await ordered()
    expect(order).toMatchObject({ state: 'created', voucher: null })
    expect(await post(company.notify(paidNotification(order.id, '350')))).toBe(204)
    await processAll()
    const paid = await orderNow(order.id)
    expect(paid.state).toBe('paid')
    const key = voucherKeys.publicKey
    expect(openVoucher(paid.voucher ?? '', key, Date.now(), world.devices[0])).toMatchObject({
      ok: true,
      voucher: { orderId: order.id, amountMinor: 350n, currency: 'CNY', delivery: 'scanner' },
    })
    expect(woken).toContain(`match ${world.operator}`)
  })

  test('leaves its psp-notification leaf with the payment', async () => {
    const order = await ordered()
    await post(company.notify(paidNotification(order.id, '350')))
    await processAll()
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
    expect((await newOrder(change)).status).toBe(400)
  })

  test('at no machine, or one out of service, is refused', async () => {
    expect((await newOrder({ deviceId: 'dzzzzzzzzzzzz' })).status).toBe(404)
    await rowsOf(`update devices set status = 'quarantined' where operator_id = $1`)
    expect((await newOrder()).body).toMatchObject({ code: 'device.inactive' })
  })

  test('that the company does not take fails, and says so', async () => {
    company.failures.push(503)
    const answer = await newOrder()
    expect(answer).toMatchObject({ status: 502, body: { code: 'order.channel-down' } })
    expect(await rowsOf('select state from orders where operator_id = $1')).toEqual([
      { state: 'failed' },
    ])
  })

  test('shows its voucher no longer once the machine has reported the sale', async () => {
    const order = await ordered()
    await post(company.notify(paidNotification(order.id, '350')))
    await processAll()
    const device = world.devices[0]
    await addSale(database.db, world.operator, {
      device,
      index: 1,
      amountMinor: 350n,
      orderId: order.id,
    })
    expect((await orderNow(order.id)).voucher).toBeNull()
  })
})

describe('notifications', () => {
  test('doubled and delivered at once pay once', async () => {
    const order = await ordered()
    const told = paidNotification(order.id, '350')
    const statuses = await Promise.all(Array.from({ length: 8 }, () => post(company.notify(told))))
    expect(new Set(statuses)).toEqual(new Set([204]))
    await Promise.all([processAll(), processAll()])
    expect(await payments()).toEqual([{ amount_minor: 350n }])
    expect(await reasons()).toEqual([])
  })

  test('under another id for the same transaction are a repetition', async () => {
    const order = await ordered()
    await post(company.notify(paidNotification(order.id, '350')))
    await post(company.notify(paidNotification(order.id, '350')))
    await processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual([])
  })

  test('for another transaction on a paid order are a conflict', async () => {
    const order = await ordered()
    await post(company.notify(paidNotification(order.id, '350')))
    await post(company.notify(paidNotification(order.id, '350', { transactionId: 'second' })))
    await processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual(['payment-conflict'])
  })

  test.each([
    ['too little', { amountMinor: '349' }],
    ['too much', { amountMinor: '351' }],
    ['in another currency', { currency: 'USD' }],
  ])('of %s pay nothing and open an item', async (_, change) => {
    const order = await ordered()
    await post(company.notify(paidNotification(order.id, '350', change)))
    await processAll()
    expect((await orderNow(order.id)).state).toBe('created')
    expect(await payments()).toEqual([])
    expect(await reasons()).toEqual(['payment-amount-differs'])
  })

  test('that are mis-signed, stale, from the future or unsigned are not even kept', async () => {
    const order = await ordered()
    const told = paidNotification(order.id, '350')
    const probes = [
      company.notify(told, { signed: 'something else' }),
      company.notify(told, { atMs: Date.now() - 301_000 }),
      company.notify(told, { atMs: Date.now() + 302_000 }),
      { headers: {}, body: JSON.stringify(told) },
      { ...company.notify(told), body: JSON.stringify(told, null, 1) },
    ]
    for (const probe of probes) expect(await post(probe)).toBe(401)
    await processAll()
    expect(await payments()).toEqual([])
  })

  test('of orders nobody made are kept and lead nowhere', async () => {
    expect(await post(company.notify(paidNotification(randomUUID(), '350')))).toBe(204)
    await processAll()
    expect(await payments()).toEqual([])
  })

  test('that come after the order expired take the money, but give no voucher', async () => {
    const order = await ordered()
    now = () => Date.now() + 200_000
    const told = paidNotification(order.id, '350')
    await rowsOf(
      `update orders set expires_at = created_at + interval '1 second' where operator_id = $1`,
    )
    await post(company.notify(told))
    await processAll()
    expect(await orderNow(order.id)).toMatchObject({ state: 'paid', voucher: null })
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
  test('the company is asked, and its signed answer pays; a late notification repeats it', async () => {
    const order = await ordered()
    company.statuses.set(order.id, status(order.id, 'paid'))
    const job = askPaymentJob(deps, -1000)
    expect(await job.due()).toContain(order.id)
    await job.run(order.id)
    await processAll()
    expect((await orderNow(order.id)).state).toBe('paid')
    await post(company.notify(paidNotification(order.id, '350')))
    await processAll()
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual([])
  })

  test.each([
    ['unpaid', 'created'],
    ['expired', 'expired'],
  ] as const)('and it says %s, the order is %s', async (said, state) => {
    const order = await ordered()
    company.statuses.set(order.id, status(order.id, said))
    await askPaymentJob(deps).run(order.id)
    expect((await orderNow(order.id)).state).toBe(state)
  })

  test('and the company is down, the order waits', async () => {
    const order = await ordered()
    company.failures.push(500)
    await askPaymentJob(deps).run(order.id)
    expect((await orderNow(order.id)).state).toBe('created')
  })
})

describe('vouchers by downlink', () => {
  test('go down again until the machine reports the sale', async () => {
    const sent: string[] = []
    const sendCommand = async (deviceId: string, { voucher }: { voucher: string }) => {
      sent.push(`${deviceId} ${voucher}`)
    }
    const job = voucherJob({ ...deps, sendCommand }, -1000)
    const order = await ordered({ delivery: 'downlink' })
    await post(company.notify(paidNotification(order.id, '350')))
    await processAll()
    expect(woken).toContain(`voucher ${order.id}`)
    expect((await orderNow(order.id)).voucher).toBeNull()
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
