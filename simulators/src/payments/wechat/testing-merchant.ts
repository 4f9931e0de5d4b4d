/** A cloud that is WeChat Pay's merchant, for tests: real routes and jobs, one clock for both. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PaymentChannel } from '@tillproof/cloud/money/payments/channel.ts'
import { askPaymentJob, paymentMessageJob } from '@tillproof/cloud/money/payments/job.ts'
import type { PaymentsDeps } from '@tillproof/cloud/money/payments/payments.ts'
import { paymentRoutes } from '@tillproof/cloud/money/payments/routes.ts'
import { openMerchant } from '@tillproof/cloud/money/payments/wechat/merchant.ts'
import { wechatChannel } from '@tillproof/cloud/money/payments/wechat/wechat-channel.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { type TestAnswer, testApp } from '@tillproof/cloud/platform/testing-http.ts'
import type { Order } from '@tillproof/shared/api/money.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { WechatFault } from './faults.ts'
import { startWechat, type WechatServer } from './server.ts'

export type TestMerchant = {
  wechat: WechatServer
  faults: Set<WechatFault>
  channel: PaymentChannel
  deps: PaymentsDeps
  notifyUrl: string
  /** What both clocks are ahead of the real one. */
  aheadMs: number
  ask(deviceId: string, change?: object): Promise<TestAnswer>
  order(deviceId: string): Promise<Order>
  /** What the order's customer does; answers the HTTP status. */
  pay(order: Order): Promise<number>
  orderNow(id: string): Promise<Order>
  /** Lets the company tell what is due; answers `<event> <HTTP status>`, then acts on it. */
  hear(): Promise<string[]>
  askCompany(id: string): Promise<void>
  close(): Promise<void>
}

export async function openTestMerchant(db: Db): Promise<TestMerchant> {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-wechat-'))
  const clock = () => Date.now() + merchant.aheadMs
  const faults = new Set<WechatFault>()
  const wechat = await startWechat({ dir, port: 0, faults, clock })
  const channel = wechatChannel({
    merchant: await openMerchant(wechat.keys.settings),
    get notifyUrl() {
      return merchant.notifyUrl
    },
    clock,
    randomBytes,
  })
  const voucherKey = ed25519.generate().privateKey
  const wake = () => undefined
  const deps: PaymentsDeps = { db, channels: [channel], voucherKey, wake, clock, randomBytes }
  const app = await testApp(db, paymentRoutes({ ...deps, ordersPerMinute: 1000 }))
  const processAll = async () => {
    const job = paymentMessageJob(deps)
    for (const id of await job.due()) await job.run(id)
  }
  const merchant: TestMerchant = {
    ...{ wechat, faults, channel, deps, aheadMs: 0 },
    notifyUrl: `${app.url}/webhooks/wechat`,
    ask: (deviceId, change = {}) => {
      const wanted = { amountMinor: '350', currency: 'CNY', item: 'A3', delivery: 'scanner' }
      return app.ask(null, 'POST', '/api/v1/orders', { deviceId, ...wanted, ...change })
    },
    order: async deviceId => (await merchant.ask(deviceId)).body as Order,
    async pay(order) {
      const code = new URL(order.payUrl).searchParams.get('pr')
      return (await fetch(`${wechat.url}/wallet/${code}`, { method: 'POST' })).status
    },
    orderNow: async id => (await app.ask(null, 'GET', `/api/v1/orders/${id}`)).body as Order,
    async hear() {
      const deliveries = await wechat.deliverDue()
      await processAll()
      return deliveries.map(({ event, status }) => `${event} ${status}`)
    },
    async askCompany(id) {
      await askPaymentJob(deps).run(id)
      await processAll()
    },
    async close() {
      await app.close()
      await wechat.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return merchant
}
