/** A cloud's payment side for tests: real routes and jobs over real HTTP, and a company to test. */
import { randomBytes } from 'node:crypto'
import type { Order } from '@tillproof/shared/api/money.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { expect } from 'vitest'
import type { Db } from '../../platform/db/db.ts'
import { type TestAnswer, testApp } from '../../platform/testing-http.ts'
import { paymentMessageJob } from './job.ts'
import type { PaymentsDeps } from './payments.ts'
import { paymentRoutes } from './routes.ts'
import { sandboxChannel } from './sandbox-channel.ts'
import { type SignedPost, type TestCompany, testCompany } from './testing.ts'

export type Shop = {
  company: TestCompany
  deps: PaymentsDeps
  voucherPublicKey: Uint8Array
  /** Wake-ups so far, as `<job> <id>`. */
  woken: string[]
  /** The cloud's clock, and the company's; tests may replace it. */
  now: () => number
  ask(deviceId: string, change?: object): Promise<TestAnswer>
  order(deviceId: string, change?: object): Promise<Order>
  orderNow(id: string): Promise<Order>
  /** Sends a notification; answers the HTTP status. */
  post(signed: SignedPost): Promise<number>
  /** What the queue does: each stored message that is due, once. */
  processAll(): Promise<void>
  close(): Promise<void>
}

export async function openShop(db: Db): Promise<Shop> {
  const company = await testCompany()
  company.now = () => shop.now()
  const keys = ed25519.generate()
  const woken: string[] = []
  const clock = () => shop.now()
  const sandbox = { credentials: company.credentials, notifyUrl: 'http://127.0.0.1/x' }
  const deps: PaymentsDeps = {
    db,
    channels: [sandboxChannel({ ...sandbox, clock, randomBytes })],
    voucherKey: keys.privateKey,
    wake: (name, id) => woken.push(`${name} ${id}`),
    clock,
    randomBytes,
  }
  const app = await testApp(db, paymentRoutes({ ...deps, ordersPerMinute: 10_000 }))
  const shop: Shop = {
    company,
    deps,
    voucherPublicKey: keys.publicKey,
    woken,
    now: Date.now,
    ask: (deviceId, change = {}) => {
      const wanted = { amountMinor: '350', currency: 'CNY', item: 'A3', delivery: 'scanner' }
      return app.ask(null, 'POST', '/api/v1/orders', { deviceId, ...wanted, ...change })
    },
    async order(deviceId, change) {
      const answer = await shop.ask(deviceId, change)
      expect(answer.status).toBe(201)
      return answer.body as Order
    },
    orderNow: async id => (await app.ask(null, 'GET', `/api/v1/orders/${id}`)).body as Order,
    async post({ headers, body }) {
      const url = `${app.url}/webhooks/sandbox`
      return (await fetch(url, { method: 'POST', headers, body })).status
    },
    async processAll() {
      const job = paymentMessageJob(deps)
      for (const id of await job.due()) await job.run(id)
    },
    async close() {
      await app.close()
      company.stop()
    },
  }
  return shop
}
