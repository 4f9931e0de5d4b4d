/**
 * The sandbox company and the cloud's channel against each other, over real HTTP, with each fault
 * switched on for certain: whatever goes wrong, an order is paid once and its voucher is there.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askPaymentJob, paymentMessageJob } from '@tillproof/cloud/money/payments/job.ts'
import type { PaymentsDeps } from '@tillproof/cloud/money/payments/payments.ts'
import { paymentRoutes } from '@tillproof/cloud/money/payments/routes.ts'
import { readCredentials, sandboxChannel } from '@tillproof/cloud/money/payments/sandbox-channel.ts'
import { makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { type TestApp, testApp } from '@tillproof/cloud/platform/testing-http.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultName } from './faults.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'

let database: TestDatabase
let world: World
let dir: string
let sandbox: Sandbox
let app: TestApp
beforeAll(async () => {
  database = await testDatabase()
  world = await makeWorld(database.db)
})
afterAll(() => database.drop())
afterEach(async () => {
  await sandbox.stop()
  await app.close()
  rmSync(dir, { recursive: true, force: true })
})

/** A company with this fault, and a cloud that it notifies. */
async function open(fault: FaultName | null, chance = 1): Promise<PaymentsDeps> {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-merchant-'))
  sandbox = await startSandbox({ dir, port: 0, faults: fault === null ? {} : { [fault]: chance } })
  const credentials = await readCredentials(sandbox.credentialsPath)
  const where = { notifyUrl: '' }
  const channel = sandboxChannel({
    credentials,
    get notifyUrl() {
      return where.notifyUrl
    },
    clock: Date.now,
    randomBytes,
  })
  const deps: PaymentsDeps = {
    db: database.db,
    channels: [channel],
    voucherKey: ed25519.generate().privateKey,
    wake: () => undefined,
    clock: Date.now,
    randomBytes,
  }
  app = await testApp(database.db, paymentRoutes({ ...deps, ordersPerMinute: 1000 }))
  where.notifyUrl = `${app.url}/webhooks/sandbox`
  return deps
}

async function payAt(deviceId: string): Promise<Order> {
  const wanted = { deviceId, amountMinor: '350', currency: 'CNY', item: 'A3', delivery: 'scanner' }
  const order = (await app.ask(null, 'POST', '/api/v1/orders', wanted)).body as Order
  expect((await fetch(order.payUrl, { method: 'POST' })).status).toBe(200)
  return order
}
const stateOf = async (id: string): Promise<Order> =>
  (await app.ask(null, 'GET', `/api/v1/orders/${id}`)).body as Order

async function workOff({ due, run }: ReturnType<typeof paymentMessageJob>): Promise<void> {
  for (const id of await due()) await run(id)
}
const paymentsOf = (id: string) =>
  database.db.withSystem(tx =>
    tx.query('select transaction_id from payments where order_id = $1', [id]),
  )

test.each([null, 'duplicate-notify'] as const)(
  'fault %s: paid once, by notification',
  async fault => {
    const deps = await open(fault)
    const order = await payAt(world.devices[0])
    await expect
      .poll(async () => {
        await workOff(paymentMessageJob(deps))
        return (await stateOf(order.id)).voucher
      })
      .not.toBeNull()
    expect(await paymentsOf(order.id)).toHaveLength(1)
  },
)

test.each(['drop-notify', 'late-notify', 'bad-signature'] as const)(
  'fault %s: no believable notification, so the company is asked',
  async fault => {
    const deps = await open(fault)
    const order = await payAt(world.devices[0])
    await workOff(paymentMessageJob(deps))
    expect((await stateOf(order.id)).state).toBe('created')
    await askPaymentJob(deps).run(order.id)
    await workOff(paymentMessageJob(deps))
    expect(await stateOf(order.id)).toMatchObject({ state: 'paid', voucher: expect.any(String) })
    expect(await paymentsOf(order.id)).toHaveLength(1)
  },
)

test('an unpaid order stays unpaid however often the company is asked', async () => {
  const deps = await open(null)
  const wanted = {
    deviceId: world.devices[0],
    amountMinor: '350',
    currency: 'CNY',
    item: 'A3',
    delivery: 'downlink',
  }
  const order = (await app.ask(null, 'POST', '/api/v1/orders', wanted)).body as Order
  for (let i = 0; i < 3; i++) await askPaymentJob(deps).run(order.id)
  await workOff(paymentMessageJob(deps))
  expect((await stateOf(order.id)).state).toBe('created')
})
