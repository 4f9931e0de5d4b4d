/**
 * Refunds and disputes through a payment company, over real HTTP, each fault for certain: whatever
 * goes wrong, money goes back once, and the book has of it what the company says.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agreementBench, type Bench } from '@tillproof/cloud/money/ledger/testing-agreements.ts'
import { askPaymentJob, paymentMessageJob } from '@tillproof/cloud/money/payments/job.ts'
import type { PaymentsDeps } from '@tillproof/cloud/money/payments/payments.ts'
import { paymentRoutes } from '@tillproof/cloud/money/payments/routes.ts'
import { readCredentials, sandboxChannel } from '@tillproof/cloud/money/payments/sandbox-channel.ts'
import { refundJob } from '@tillproof/cloud/money/refunds/job.ts'
import { refundRoutes } from '@tillproof/cloud/money/refunds/routes.ts'
import { type Refunds, testRefunds } from '@tillproof/cloud/money/refunds/testing-refunds.ts'
import { addSale, makeWorld, sessionOf, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { type TestApp, testApp } from '@tillproof/cloud/platform/testing-http.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Faults } from './faults.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

let database: TestDatabase
let world: World
let bench: Bench
let book: Refunds
let dir: string
let faults: Faults
let sandbox: Sandbox
let deps: PaymentsDeps
let app: TestApp

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  world = await makeWorld(database.db)
  bench = agreementBench(database.db, world)
  book = testRefunds(database.db, world, bench)
  await bench.agreed(book.terms())
  dir = mkdtempSync(join(tmpdir(), 'tillproof-refunds-'))
  faults = {}
  sandbox = await startSandbox({ dir, port: 0, faults })
  const where = { notifyUrl: '' }
  const channel = sandboxChannel({
    credentials: await readCredentials(sandbox.credentialsPath),
    get notifyUrl() {
      return where.notifyUrl
    },
    clock: Date.now,
    randomBytes,
  })
  const wake = () => undefined
  const voucherKey = ed25519.generate().privateKey
  deps = { db: database.db, channels: [channel], voucherKey, wake, clock: Date.now, randomBytes }
  const routes = [
    ...paymentRoutes({ ...deps, ordersPerMinute: 1000 }),
    ...refundRoutes({ wake, channels: ['sandbox'] }),
  ]
  app = await testApp(database.db, routes)
  where.notifyUrl = `${app.url}/webhooks/sandbox`
})
afterEach(async () => {
  await sandbox.stop()
  await app.close()
  rmSync(dir, { recursive: true, force: true })
})

const SPLIT = 'company 3.50 · fee 0.02 · lender 1.05 · site 0.35 · owner 2.08'
const LEFT = 'company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48'
const NONE = 'company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00'
const HELD =
  'company 3.50 (1.00 held) · fee 0.02 · lender 1.05 (0.30 held) · ' +
  'site 0.35 (0.10 held) · owner 2.08 (0.60 held)'

const operator = () => sessionOf(world, world.operator, 'operator')
async function order(): Promise<Order> {
  const wanted = { deviceId: world.devices[0], amountMinor: '350', currency: 'CNY', item: 'A3' }
  const body = { ...wanted, delivery: 'scanner' }
  return (await app.ask(null, 'POST', '/api/v1/orders', body)).body as Order
}
const post = async (url: string) => (await fetch(url, { method: 'POST' })).status
const messages = async () => {
  const job = paymentMessageJob(deps)
  for (const id of await job.due()) await job.run(id)
}
/** Ordered, paid, heard of by asking, sold and cleared. */
async function sold(): Promise<{ saleId: string; paid: Order }> {
  const paid = await order()
  expect(await post(paid.payUrl)).toBe(200)
  await askPaymentJob(deps).run(paid.id)
  await messages()
  const sale = { device: world.devices[0], index: 1, amountMinor: 350n, orderId: paid.id }
  const saleId = await addSale(database.db, world.operator, sale)
  await bench.matchAndClear()
  return { saleId, paid }
}
const ask = (saleId: string, amountMinor: string, id?: string) =>
  app.ask(operator(), 'POST', '/api/v1/refunds', { id, saleId, amountMinor, reason: '退款' })
const stateOf = async (id: string) =>
  ((await app.ask(operator(), 'GET', `/api/v1/refunds/${id}`)).body as Refund).state
/** One look at the company, and what the book makes of it. */
async function look(id: string): Promise<string> {
  await refundJob({ db: database.db, writers: bench.writers, payments: deps, wake: deps.wake }).run(
    id,
  )
  await book.clear()
  return stateOf(id)
}
const reasons = async () => {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ reason: string }>(
      'select reason from open_items where operator_id = $1 and closed_at is null order by reason',
      [world.operator],
    ),
  )
  return rows.map(row => row.reason)
}

describe('a refund of 1.00 of 3.50', () => {
  test.each([
    ['goes back', {}, ['submitted', 'succeeded'], LEFT, []],
    [
      'done and not answered is unknown',
      { 'refund-no-answer': 1 },
      ['unknown', 'succeeded'],
      LEFT,
      [],
    ],
    ['is refused', { 'refund-refused': 1 }, ['refused'], SPLIT, ['refund-failed']],
    ['is closed later', { 'refund-closed': 1 }, ['submitted', 'refused'], SPLIT, ['refund-failed']],
    [
      'cannot be brought to the customer',
      { 'refund-abnormal': 1 },
      ['submitted', 'abnormal'],
      HELD,
      ['refund-failed'],
    ],
  ] as const)('%s', async (_, fault, states, table, items) => {
    const { saleId } = await sold()
    // What the company tells by itself comes a little later than the answers here.
    Object.assign(faults, { 'drop-notify': 1, ...fault })
    const asked = await ask(saleId, '100')
    expect(asked).toMatchObject({ status: 201, body: { state: 'requested', saleId } })
    const { id } = asked.body as Refund
    for (const state of states) expect(await look(id)).toBe(state)
    expect([await book.table(), await reasons()]).toEqual([table, items])
    expect(await look(id)).toBe(states.at(-1))
    expect(await book.table()).toBe(table)
  })

  test('never reaches the company, and is sent again under the same id', async () => {
    const { saleId } = await sold()
    const { id } = (await ask(saleId, '100')).body as Refund
    await sandbox.stop()
    expect(await look(id)).toBe('unknown')
    expect(await book.table()).toBe(HELD)
    const { port } = new URL(sandbox.url)
    sandbox = await startSandbox({ dir, port: Number(port), faults: { 'drop-notify': 1 } })
    expect([await look(id), await look(id), await look(id)]).toEqual([
      'requested',
      'submitted',
      'succeeded',
    ])
    expect(await book.table()).toBe(LEFT)
  })

  test('is told by doubled notifications, and booked once', async () => {
    const { saleId } = await sold()
    Object.assign(faults, { 'duplicate-notify': 1 })
    const { id } = (await ask(saleId, '100')).body as Refund
    await look(id)
    await expect
      .poll(() => messages().then(() => stateOf(id)), { timeout: 20_000 })
      .toBe('succeeded')
    await book.clear()
    expect(await book.table()).toBe(LEFT)
  })

  test('asked for again under its id is one; beyond what was paid there is none', async () => {
    const { saleId } = await sold()
    const id = '00000000-0000-4000-8000-00000000a001'
    const answers = [await ask(saleId, '100', id), await ask(saleId, '100', id)]
    expect(answers.map(each => each.status)).toEqual([201, 201])
    expect(await ask(saleId, '99', id)).toMatchObject({ status: 409 })
    expect(await ask(saleId, '251')).toMatchObject({ body: { code: 'refund.too-much' } })
    expect(await ask(saleId, '250')).toMatchObject({ status: 201 })
    expect(await ask(saleId, '1')).toMatchObject({ body: { code: 'refund.too-much' } })
    const { body } = await app.ask(operator(), 'GET', '/api/v1/refunds')
    expect(body).toMatchObject({ items: [{ amount: { amountMinor: '250' } }, { id }] })
    const stranger = sessionOf(world, world.lender, 'lender')
    expect(await app.ask(stranger, 'GET', `/api/v1/refunds/${id}`)).toMatchObject({ status: 404 })
  })
})

describe('what the company does by itself', () => {
  const heard = async (reason: string) => {
    await expect.poll(() => messages().then(reasons), { timeout: 20_000 }).toContain(reason)
    await book.clear()
  }

  test('a refund that nobody asked for is booked, with an open item that says so', async () => {
    const { paid } = await sold()
    expect(await post(`${paid.payUrl}/refund`)).toBe(200)
    await heard('payment-refunded')
    expect(await book.table()).toBe(NONE)
  })

  test('a refund told before its payment is kept, and the payment gives no voucher', async () => {
    const paid = await order()
    faults['drop-notify'] = 1
    expect(await post(paid.payUrl)).toBe(200)
    faults['drop-notify'] = 0
    expect(await post(`${paid.payUrl}/refund`)).toBe(200)
    await heard('payment-refunded')
    await askPaymentJob(deps).run(paid.id)
    await messages()
    expect((await app.ask(null, 'GET', `/api/v1/orders/${paid.id}`)).body).toMatchObject({
      state: 'paid',
      voucher: null,
    })
  })

  test.each([
    ['won', SPLIT],
    ['lost', 'company 0.00 · fee 15.00 · lender 0.00 · site 0.00 · owner 0.00 · owner owes 15.00'],
  ] as const)('a dispute is held and %s', async (end, table) => {
    const { paid } = await sold()
    expect(await post(`${paid.payUrl}/dispute/opened`)).toBe(200)
    await heard('payment-disputed')
    const { body } = await app.ask(operator(), 'GET', '/api/v1/refunds')
    const { items } = body as { items: Refund[] }
    const [dispute = expect.fail('no dispute')] = items
    expect(await look(dispute.id)).toBe('submitted')
    expect(await book.table()).toContain('company 3.50 (3.50 held)')
    expect(await post(`${paid.payUrl}/dispute/${end}`)).toBe(200)
    await expect.poll(() => messages().then(reasons), { timeout: 20_000 }).toEqual([])
    await book.clear()
    expect(await book.table()).toBe(table)
  })
})
