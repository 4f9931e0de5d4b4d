/** A cloud that is the sandbox company's merchant and pays its customers back, for tests. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agreementBench, type Bench } from '@tillproof/cloud/money/ledger/testing-agreements.ts'
import { askPaymentJob, paymentMessageJob } from '@tillproof/cloud/money/payments/job.ts'
import type { PaymentsDeps } from '@tillproof/cloud/money/payments/payments.ts'
import { paymentRoutes } from '@tillproof/cloud/money/payments/routes.ts'
import { readCredentials, sandboxChannel } from '@tillproof/cloud/money/payments/sandbox-channel.ts'
import { bookRefunds } from '@tillproof/cloud/money/refunds/booking.ts'
import { refundJob } from '@tillproof/cloud/money/refunds/job.ts'
import { refundRoutes } from '@tillproof/cloud/money/refunds/routes.ts'
import { type Refunds, testRefunds } from '@tillproof/cloud/money/refunds/testing-refunds.ts'
import { addSale, makeWorld, sessionOf, type World } from '@tillproof/cloud/money/testing.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { type TestAnswer, testApp } from '@tillproof/cloud/platform/testing-http.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { Faults } from './faults.ts'
import { startSandbox } from './sandbox.ts'

export type RefundShop = {
  world: World
  bench: Bench
  book: Refunds
  /** Of the company; may be changed while it runs. */
  faults: Faults
  ask(who: 'operator' | 'lender' | null, ...asked: string[]): Promise<TestAnswer>
  order(): Promise<Order>
  /** What somebody outside does at the company; answers the HTTP status. */
  post(url: string): Promise<number>
  /** 3.50 ordered, paid, heard of by asking, sold and cleared. */
  sold(): Promise<{ saleId: string; paid: Order }>
  askFor(saleId: string, amountMinor: string, id?: string): Promise<TestAnswer>
  askPayment(orderId: string): Promise<void>
  messages(): Promise<void>
  stateOf(id: string): Promise<Refund['state']>
  /**
   * One look at the company, and what the book makes of it.
   * @param db of the jobs, where it is to break
   */
  look(id: string, db?: Db): Promise<Refund['state']>
  /** Of open items. */
  reasons(): Promise<string[]>
  stopCompany(): Promise<void>
  startCompany(): Promise<void>
  close(): Promise<void>
}

export async function openRefundShop(db: Db): Promise<RefundShop> {
  const world = await makeWorld(db)
  const bench = agreementBench(db, world)
  const book = testRefunds(db, world, bench)
  await bench.agreed(book.terms())
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-refunds-'))
  const faults: Faults = {}
  let sandbox = await startSandbox({ dir, port: 0, faults })
  const { deps, app } = await openMerchant(db, sandbox.credentialsPath)
  let index = 0
  const shop: RefundShop = {
    ...{ world, bench, book, faults },
    ask(who, method = 'GET', path = '', body) {
      const session = who === null ? null : sessionOf(world, world[who], who)
      return app.ask(session, method, path, body === undefined ? undefined : JSON.parse(body))
    },
    async order() {
      const what = { amountMinor: '350', currency: 'CNY', item: 'A3', delivery: 'scanner' }
      const body = JSON.stringify({ deviceId: world.devices[0], ...what })
      return (await shop.ask(null, 'POST', '/api/v1/orders', body)).body as Order
    },
    post: async url => (await fetch(url, { method: 'POST' })).status,
    async sold() {
      const paid = await shop.order()
      await shop.post(paid.payUrl)
      await shop.askPayment(paid.id)
      index += 1
      const sale = { device: world.devices[0], index, amountMinor: 350n, orderId: paid.id }
      const saleId = await addSale(db, world.operator, sale)
      await bench.matchAndClear()
      return { saleId, paid }
    },
    askFor(saleId, amountMinor, id) {
      const body = JSON.stringify({ id, saleId, amountMinor, reason: '退款' })
      return shop.ask('operator', 'POST', '/api/v1/refunds', body)
    },
    async askPayment(orderId) {
      await askPaymentJob(deps).run(orderId)
      await shop.messages()
    },
    async messages() {
      const job = paymentMessageJob(deps)
      for (const id of await job.due()) await job.run(id)
    },
    async stateOf(id) {
      const { body } = await shop.ask('operator', 'GET', `/api/v1/refunds/${id}`)
      return (body as Refund).state
    },
    async look(id, jobsDb = db) {
      const around = { db: jobsDb, writers: bench.writers, wake: deps.wake }
      await refundJob({ ...around, payments: { ...deps, db: jobsDb } }).run(id)
      await bookRefunds(around, world.operator)
      return shop.stateOf(id)
    },
    async reasons() {
      const rows = await db.withSystem(tx =>
        tx.query<{ reason: string }>(
          `select reason from open_items where operator_id = $1 and closed_at is null
            order by reason`,
          [world.operator],
        ),
      )
      return rows.map(row => row.reason)
    },
    stopCompany: () => sandbox.stop(),
    async startCompany() {
      const port = Number(new URL(sandbox.url).port)
      sandbox = await startSandbox({ dir, port, faults })
    },
    async close() {
      await sandbox.stop()
      await app.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return shop
}

/** The cloud's side: routes and what they work with, told to the company as where to notify. */
async function openMerchant(db: Db, credentialsPath: string) {
  const where = { notifyUrl: '' }
  const channel = sandboxChannel({
    credentials: await readCredentials(credentialsPath),
    get notifyUrl() {
      return where.notifyUrl
    },
    clock: Date.now,
    randomBytes,
  })
  const deps: PaymentsDeps = {
    db,
    channels: [channel],
    voucherKey: ed25519.generate().privateKey,
    wake: () => undefined,
    clock: Date.now,
    randomBytes,
  }
  const app = await testApp(db, [
    ...paymentRoutes({ ...deps, ordersPerMinute: 10_000 }),
    ...refundRoutes({ wake: deps.wake, channels: ['sandbox'] }),
  ])
  where.notifyUrl = `${app.url}/webhooks/sandbox`
  return { deps, app }
}
