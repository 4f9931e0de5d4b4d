/**
 * The cloud as WeChat Pay's merchant, over real HTTP with real signatures: whatever the company
 * does, an order is paid once or not at all, and the reason is there to read.
 */
import { makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seal, signedHeaders } from './signing.ts'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let database: TestDatabase
let merchant: TestMerchant
let world: World

beforeAll(async () => {
  database = await testDatabase()
  merchant = await openTestMerchant(database.db)
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  await merchant.wechat.deliverDue()
  merchant.faults.clear()
})
afterAll(async () => {
  await merchant.close()
  await database.drop()
})

const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const payments = () => rowsOf('select amount_minor from payments where operator_id = $1')
const reasons = async () => {
  const rows = await rowsOf('select reason from open_items where operator_id = $1 order by reason')
  return rows.map(row => row.reason)
}
const paidOrder = async () => {
  const order = await merchant.order(world.devices[0])
  expect(await merchant.pay(order)).toBe(200)
  return order
}
const expectPaid = async (id: string) => {
  expect(await merchant.orderNow(id)).toMatchObject({ state: 'paid', voucher: expect.any(String) })
  expect(await payments()).toEqual([{ amount_minor: 350n }])
  expect(await reasons()).toEqual([])
}

describe('a payment', () => {
  test('shows a code, is told once and gives its voucher; it is kept as it came', async () => {
    const order = await paidOrder()
    expect(order.payUrl).toMatch(/^weixin:\/\/wxpay\/bizpayurl\?pr=/)
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204'])
    await expectPaid(order.id)
    const [kept] = await rowsOf(
      `select m.body, m.headers, m.outcome from payment_messages m
         join payments p on p.message_id = m.id where p.operator_id = $1`,
    )
    expect(JSON.parse(String(kept?.body))).toMatchObject({
      event_type: 'TRANSACTION.SUCCESS',
      resource: { algorithm: 'AEAD_AES_256_GCM' },
    })
    const { platformSerial } = merchant.wechat.keys
    expect(kept).toMatchObject({ outcome: 'paid', headers: { 'wechatpay-serial': platformSerial } })
  })

  test('told twice is paid once', async () => {
    merchant.faults.add('double-notify')
    const order = await paidOrder()
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204', 'TRANSACTION.SUCCESS 204'])
    await expectPaid(order.id)
  })

  test('replayed ten minutes later is refused as too old', async () => {
    merchant.faults.add('replay-notify')
    const order = await paidOrder()
    await merchant.hear()
    await expectPaid(order.id)
    merchant.faults.clear()
    merchant.aheadMs += 10 * MINUTE_MS
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 401'])
    expect(await payments()).toHaveLength(1)
    expect(await reasons()).toEqual([])
  })

  test('mis-signed is refused; told again with a signature that holds, it pays', async () => {
    merchant.faults.add('bad-signature')
    const order = await paidOrder()
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 401'])
    expect(await payments()).toEqual([])
    merchant.faults.clear()
    expect(await merchant.hear()).toEqual([])
    merchant.aheadMs += 15_000
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204'])
    await expectPaid(order.id)
  })

  test('told a day late is taken, without a voucher, and is an open item', async () => {
    merchant.faults.add('late-notify')
    const order = await paidOrder()
    expect(await merchant.hear()).toEqual([])
    merchant.aheadMs += DAY_MS
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 204'])
    expect(await merchant.orderNow(order.id)).toMatchObject({ state: 'paid', voucher: null })
    expect(await reasons()).toEqual(['payment-late'])
  })

  test('of another amount pays nothing and is an open item', async () => {
    merchant.faults.add('wrong-amount')
    const order = await paidOrder()
    await merchant.hear()
    expect((await merchant.orderNow(order.id)).state).toBe('failed')
    expect(await payments()).toEqual([])
    expect(await reasons()).toEqual(['payment-amount-differs'])
  })

  test('of another merchant is refused, and the company’s own answer pays', async () => {
    merchant.faults.add('wrong-merchant')
    const order = await paidOrder()
    expect(await merchant.hear()).toEqual(['TRANSACTION.SUCCESS 401'])
    expect(await payments()).toEqual([])
    await merchant.askCompany(order.id)
    await expectPaid(order.id)
  })

  test('never told is asked for', async () => {
    merchant.faults.add('no-notify')
    const order = await paidOrder()
    expect(await merchant.hear()).toEqual([])
    await merchant.askCompany(order.id)
    await merchant.askCompany(order.id)
    await expectPaid(order.id)
  })
})

describe('an order', () => {
  test('that nobody paid in time is closed at the company, then expired here', async () => {
    const order = await merchant.order(world.devices[0])
    await merchant.askCompany(order.id)
    expect((await merchant.orderNow(order.id)).state).toBe('created')
    merchant.aheadMs += 16 * MINUTE_MS
    await merchant.askCompany(order.id)
    await merchant.askCompany(order.id)
    expect((await merchant.orderNow(order.id)).state).toBe('expired')
    expect(await merchant.pay(order)).toBe(400)
  })

  test.each(['server-error', 'no-answer'] as const)(
    'that meets %s fails, and can be asked for again',
    async fault => {
      merchant.faults.add(fault)
      expect(await merchant.ask(world.devices[0])).toMatchObject({
        status: 502,
        body: { code: 'order.channel-down' },
      })
      merchant.faults.clear()
      expect((await merchant.ask(world.devices[0])).status).toBe(201)
    },
  )

  test('waits while the company’s answers fail', async () => {
    const order = await paidOrder()
    merchant.faults.add('server-error')
    await merchant.askCompany(order.id)
    expect((await merchant.orderNow(order.id)).state).toBe('created')
  })

  test('in another currency is not even asked for', async () => {
    const asked = await merchant.ask(world.devices[0], { currency: 'USD' })
    expect(asked).toMatchObject({ status: 502 })
  })
})

test('a notification is refused with its reason in the answer', async () => {
  const { keys } = merchant.wechat
  const now = Date.now() + merchant.aheadMs
  const facts = { mchid: keys.settings.merchantId }
  const sealed = (by = keys, told: object = facts) =>
    JSON.stringify({ id: 'EV-1', event_type: 'X', resource: seal(by, 'transaction', told) })
  const strange = { ...keys, apiV3Key: Buffer.alloc(32, 1) }
  const signed = (body: string, change: object = {}) => ({
    body,
    headers: { ...signedHeaders(keys, body, now), ...change },
  })
  const cases = [
    ['header-missing', { body: sealed(), headers: {} }],
    ['header-malformed', signed(sealed(), { 'wechatpay-timestamp': 'now' })],
    ['unknown-key', signed(sealed(), { 'wechatpay-serial': 'PUB_KEY_ID_OTHER' })],
    ['skew', { body: sealed(), headers: signedHeaders(keys, sealed(), now - 302_000) }],
    ['bad-signature', { ...signed(sealed()), body: sealed() }],
    ['malformed', signed('{"id":"EV-1"}')],
    ['sealed', signed(sealed(strange))],
    ['other-merchant', signed(sealed(keys, { mchid: '1900000110' }))],
  ] as const
  for (const [reason, { headers, body }] of cases) {
    const answer = await fetch(merchant.notifyUrl, { method: 'POST', headers, body })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain(`${reason}.`)
  }
})
