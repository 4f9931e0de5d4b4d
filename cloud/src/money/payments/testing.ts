/**
 * A payment company for tests of this workspace: a real HTTP server with real keys that says what
 * the test tells it to. The whole company, with state and faults, is in simulators/src/payments.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import {
  type MerchantCredentials,
  NONCE_HEADER,
  type Notification,
  type OrderStatus,
  SIGNATURE_HEADER,
  signBody,
  TIMESTAMP_HEADER,
} from './sandbox-wire.ts'

export type TestCompany = {
  credentials: MerchantCredentials
  /** What queries answer, by order id. */
  statuses: Map<string, OrderStatus>
  /** What its bills say, by `<day>/<trades or funds>`; those that are not here are not ready. */
  bills: Map<string, object>
  /** HTTP status of the next answers to new orders; 200 when empty. */
  failures: number[]
  /** Its clock; tests may replace it. */
  now: () => number
  /** A notification as bytes with headers that hold now; changes spoil what they name. */
  notify(body: Notification, change?: { atMs?: number; signed?: string }): SignedPost
  stop(): void
}
export type SignedPost = { headers: Record<string, string>; body: string }

export async function testCompany(): Promise<TestCompany> {
  const keys = { company: ed25519.generate(), merchant: ed25519.generate() }
  const statuses = new Map<string, OrderStatus>()
  const bills = new Map<string, object>()
  const failures: number[] = []
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const failure = failures.shift()
    if (failure !== undefined) return void res.writeHead(failure).end()
    const [, , room, ...path] = req.url?.split('/') ?? []
    if (room === 'bills') {
      const bill = bills.get(path.join('/'))
      if (bill === undefined) return void res.writeHead(425).end()
      return answer(res, keys.company.privateKey, JSON.stringify(bill), company.now())
    }
    const order = statuses.get(path.at(-1) ?? '')
    const asked = req.method === 'GET' ? order : created(Buffer.concat(chunks), server.address())
    if (asked === undefined) return void res.writeHead(404).end()
    answer(res, keys.company.privateKey, JSON.stringify(asked), company.now())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const company: TestCompany = {
    now: Date.now,
    credentials: {
      baseUrl: `http://127.0.0.1:${port}`,
      merchantId: 'test-merchant',
      merchantPrivateKey: toBase64(keys.merchant.privateKey),
      companyPublicKey: toBase64(keys.company.publicKey),
    },
    statuses,
    bills,
    failures,
    notify(body, change = {}) {
      const text = JSON.stringify(body)
      const at = change.atMs ?? company.now()
      return { headers: sign(keys.company.privateKey, change.signed ?? text, at), body: text }
    },
    stop: () => void server.close(),
  }
  return company
}

/** A notification that says exactly what the order asked for. */
export const paidNotification = (
  orderId: string,
  amountMinor: string,
  change: Partial<Notification> = {},
): Notification => ({
  notificationId: randomUUID(),
  type: 'payment.succeeded',
  merchantOrderId: orderId,
  transactionId: `t${orderId}`,
  amountMinor,
  currency: 'CNY',
  paidAtMs: Date.now(),
  ...change,
})

function created(body: Buffer, address: unknown): object {
  const { merchantOrderId } = JSON.parse(body.toString('utf8')) as { merchantOrderId: string }
  const { port } = address as { port: number }
  return { merchantOrderId, payUrl: `http://127.0.0.1:${port}/pay/${merchantOrderId}` }
}

function answer(res: ServerResponse, key: Uint8Array, body: string, atMs: number): void {
  res.writeHead(200, sign(key, body, atMs)).end(body)
}

function sign(key: Uint8Array, body: string, atMs: number): Record<string, string> {
  const stamp = { atMs, nonce: randomBytes(16).toString('hex') }
  const signed = signBody(key, stamp, utf8(body))
  return {
    [TIMESTAMP_HEADER]: signed.timestamp,
    [NONCE_HEADER]: signed.nonce,
    [SIGNATURE_HEADER]: signed.signature,
  }
}
