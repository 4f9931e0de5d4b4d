/** The payment company over real HTTP: idempotent orders, retries, restarts, each fault by name. */

import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  MERCHANT_HEADER,
  merchantCredentials,
  NONCE_HEADER,
  type OrderRequest,
  refuseBody,
  SIGNATURE_HEADER,
  signRequest,
  TIMESTAMP_HEADER,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'

type Heard = { body: string; headers: Record<string, string>; valid: boolean }

let dir: string
let sandbox: Sandbox
let merchant: Server
let notifyUrl: string
let heard: Heard[]
/** What the merchant answers next; 204 when it has nothing more to say. */
let answers: number[]

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-sandbox-'))
  heard = []
  answers = []
  merchant = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      heard.push(hear(Buffer.concat(chunks), req.headers as Record<string, string>))
      res.writeHead(answers.shift() ?? 204).end()
    })
  })
  merchant.listen(0, '127.0.0.1')
  await once(merchant, 'listening')
  notifyUrl = `http://127.0.0.1:${(merchant.address() as { port: number }).port}/webhooks/sandbox`
})
afterEach(async () => {
  await sandbox.stop()
  merchant.closeAllConnections()
  merchant.close()
  rmSync(dir, { recursive: true, force: true })
})

const start = async (options: Partial<SandboxOptions> = {}): Promise<void> => {
  sandbox = await startSandbox({ dir, port: 0, ...options })
}
const credentials = () =>
  merchantCredentials.parse(JSON.parse(readFileSync(join(dir, 'merchant.json'), 'utf8')))
const keyOf = (text: string) => fromBase64(text) ?? new Uint8Array()

function hear(body: Buffer, headers: Record<string, string>): Heard {
  const signed = signedHeadersOf(name => headers[name])
  const refused = refuseBody(keyOf(credentials().companyPublicKey), signed, body, Date.now())
  return { body: body.toString('utf8'), headers, valid: refused === undefined }
}
const signedHeadersOf = (read: (name: string) => string | null | undefined) => ({
  timestamp: read(TIMESTAMP_HEADER) ?? '',
  nonce: read(NONCE_HEADER) ?? '',
  signature: read(SIGNATURE_HEADER) ?? '',
})
const anOrder = (change: Partial<OrderRequest> = {}): OrderRequest => ({
  merchantOrderId: randomUUID(),
  amountMinor: '350',
  currency: 'CNY',
  description: 'A3',
  notifyUrl,
  expiresAtMs: Date.now() + 60_000,
  ...change,
})

async function ask(method: string, path: string, value?: object, spoil = ''): Promise<Response> {
  const { merchantId, merchantPrivateKey } = credentials()
  const body = value === undefined ? '' : JSON.stringify(value)
  const stamp = { atMs: Date.now(), nonce: randomBytes(16).toString('hex') }
  const request = { method, path, body: utf8(body + spoil) }
  const signed = signRequest(keyOf(merchantPrivateKey), stamp, request)
  return fetch(sandbox.url + path, {
    method,
    ...(value === undefined ? {} : { body }),
    headers: {
      [MERCHANT_HEADER]: merchantId,
      [TIMESTAMP_HEADER]: signed.timestamp,
      [NONCE_HEADER]: signed.nonce,
      [SIGNATURE_HEADER]: signed.signature,
    },
  })
}
async function orderAndPay(order = anOrder()): Promise<OrderRequest> {
  const { payUrl } = (await (await ask('POST', '/v1/orders', order)).json()) as { payUrl: string }
  expect((await fetch(payUrl, { method: 'POST' })).status).toBe(200)
  return order
}
const stateOf = async (order: OrderRequest): Promise<string> => {
  const answer = await ask('GET', `/v1/orders/${order.merchantOrderId}`)
  const body = await answer.text()
  const signed = signedHeadersOf(name => answer.headers.get(name))
  const key = keyOf(credentials().companyPublicKey)
  expect(refuseBody(key, signed, utf8(body), Date.now())).toBeUndefined()
  return (JSON.parse(body) as { state: string }).state
}

test('an order is paid, told and answered for, with a signature that holds', async () => {
  await start()
  const order = await orderAndPay()
  await expect.poll(() => heard.length).toBe(1)
  expect(heard[0]?.valid).toBe(true)
  expect(JSON.parse(heard[0]?.body ?? '')).toMatchObject({
    type: 'payment.succeeded',
    merchantOrderId: order.merchantOrderId,
    amountMinor: '350',
    currency: 'CNY',
  })
  expect(await stateOf(order)).toBe('paid')
})

test('creating twice is one order; other content under the same id is refused', async () => {
  await start()
  const order = anOrder()
  const payUrls = [await ask('POST', '/v1/orders', order), await ask('POST', '/v1/orders', order)]
  const [first, second] = await Promise.all(payUrls.map(each => each.json()))
  expect(second).toEqual(first)
  const changed = await ask('POST', '/v1/orders', { ...order, amountMinor: '1' })
  expect(changed.status).toBe(409)
})

test('paying twice is one payment and one notification; after expiry there is none', async () => {
  await start()
  const order = anOrder()
  const { payUrl } = (await (await ask('POST', '/v1/orders', order)).json()) as { payUrl: string }
  const receipts = [
    await fetch(payUrl, { method: 'POST' }),
    await fetch(payUrl, { method: 'POST' }),
  ]
  const [first, second] = await Promise.all(receipts.map(each => each.json()))
  expect(second).toEqual(first)
  const late = anOrder({ expiresAtMs: 1 })
  const lateUrl = (await (await ask('POST', '/v1/orders', late)).json()) as { payUrl: string }
  expect((await fetch(lateUrl.payUrl, { method: 'POST' })).status).toBe(410)
  expect(await stateOf(late)).toBe('expired')
  await expect.poll(() => heard.length).toBe(1)
})

test('a request that the merchant did not sign is refused', async () => {
  await start()
  expect((await ask('POST', '/v1/orders', anOrder(), ' ')).status).toBe(401)
})

test('a notification is sent again until it is accepted', async () => {
  await start()
  answers = [500, 503]
  await orderAndPay()
  await expect.poll(() => heard.length, { timeout: 8_000 }).toBe(3)
  expect(new Set(heard.map(each => each.body)).size).toBe(1)
  expect(new Set(heard.map(each => each.headers[NONCE_HEADER])).size).toBe(3)
})

test('a restart forgets neither the payment nor the promise to tell', async () => {
  await start()
  answers = [500]
  const order = await orderAndPay()
  await expect.poll(() => heard.length).toBe(1)
  const key = sandbox.publicKey
  await sandbox.stop()
  await start()
  expect(sandbox.publicKey).toBe(key)
  expect(await stateOf(order)).toBe('paid')
  await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(2)
})

test('duplicate-notify tells twice', async () => {
  await start({ faults: { 'duplicate-notify': 1 } })
  await orderAndPay()
  await expect.poll(() => heard.length).toBe(2)
  expect(heard[1]?.body).toBe(heard[0]?.body)
})

test('drop-notify tells nothing, yet the query answers', async () => {
  await start({ faults: { 'drop-notify': 1 } })
  const order = await orderAndPay()
  expect(await stateOf(order)).toBe('paid')
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(heard).toEqual([])
})

test('bad-signature spoils one try; the next one holds', async () => {
  const draws = [0, 0.99]
  await start({ faults: { 'bad-signature': 0.5 }, random: () => draws.shift() ?? 0.99 })
  answers = [401]
  // The first draws belong to the payment's own faults, which have no probability here.
  draws.unshift(0.99, 0.99)
  await orderAndPay()
  await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(2)
  expect(heard.map(each => each.valid)).toEqual([false, true])
})

test('late-notify comes twenty seconds after the payment, not before', async () => {
  let now = Date.now()
  await start({ faults: { 'late-notify': 1 }, clock: () => now })
  await orderAndPay()
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(heard).toEqual([])
  now += 20_000
  await expect.poll(() => heard.length).toBe(1)
})
