/**
 * The sandbox payment company as a real HTTP server: the merchant's signed API, the customer's pay
 * link, signed notifications until they are accepted. State and keys live in its own folder.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import {
  MERCHANT_HEADER,
  NONCE_HEADER,
  orderRequest,
  refuseRequest,
  SIGNATURE_HEADER,
  signBody,
  TIMESTAMP_HEADER,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import express, { type Request, type Response } from 'express'
import { type CompanyDeps, createOrder, payOrder, statusOf } from './company.ts'
import { type CompanyKeys, loadOrCreateCredentials } from './credentials.ts'
import type { Faults } from './faults.ts'
import { notifyDue } from './notifier.ts'
import { openSandboxStore } from './store.ts'

const LOOK_EVERY_MS = 50

export type SandboxOptions = {
  /** Folder for keys, credentials and state. */
  dir: string
  /** 0 takes any free port. */
  port: number
  faults?: Faults
  clock?: () => number
  random?: () => number
}
export type Sandbox = {
  url: string
  /** Base64 of the company's Ed25519 public key. */
  publicKey: string
  /** File with the merchant's credentials: what a cloud is configured with. */
  credentialsPath: string
  stop(): Promise<void>
}

/** Starts the company; resolves when it listens. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 })
  const deps: CompanyDeps = {
    store: openSandboxStore(join(options.dir, 'company.db')),
    faults: options.faults ?? {},
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
  }
  const app = express()
  const server = createServer(app)
  const url = await listen(server, options.port)
  const keys = loadOrCreateCredentials(options.dir, url)
  mountRoutes(app, deps, keys, url)
  const stopNotifying = keepNotifying(deps, keys)
  const { companyPublicKey: publicKey } = keys.merchant
  return {
    url,
    publicKey,
    credentialsPath: keys.credentialsPath,
    stop: async () => {
      await stopNotifying()
      server.closeAllConnections()
      server.close()
      deps.store.close()
    },
  }
}

async function listen(server: Server, wantedPort: number): Promise<string> {
  server.listen(wantedPort, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new TillproofError(
      'sandbox.port-taken',
      `The sandbox company cannot listen on port ${wantedPort}.`,
      'Stop what listens there, or give another port with --port.',
      { cause },
    )
  }
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://127.0.0.1:${port}`
}

function mountRoutes(
  app: express.Express,
  deps: CompanyDeps,
  keys: CompanyKeys,
  url: string,
): void {
  const raw = express.raw({ type: () => true, limit: '64kb' })
  app.disable('x-powered-by')
  app.post('/v1/orders', raw, (req, res) => {
    if (refuseMerchant(deps, keys, req, res)) return
    const request = orderRequest.safeParse(jsonOf(req))
    if (!request.success) return refuse(res, 400, 'malformed')
    const created = createOrder(deps, request.data)
    if (!('ok' in created)) return refuse(res, 409, created.refused)
    const { merchantOrderId, payToken } = created.order
    answer(deps, keys, res, { merchantOrderId, payUrl: `${url}/pay/${payToken}` })
  })
  app.get('/v1/orders/:id', raw, (req, res) => {
    if (refuseMerchant(deps, keys, req, res)) return
    const order = deps.store.orderById(String(req.params.id))
    if (order === undefined) return refuse(res, 404, 'unknown')
    answer(deps, keys, res, statusOf(order, deps.clock()))
  })
  app.post('/pay/:token', (req, res) => {
    const paid = payOrder(deps, String(req.params.token))
    if (!('ok' in paid)) return refuse(res, paid.refused === 'unknown' ? 404 : 410, paid.refused)
    res.json({ state: 'paid', transactionId: paid.order.transactionId })
  })
}

/** Answers 401 and says true unless the merchant signed this very request. */
function refuseMerchant(
  deps: CompanyDeps,
  keys: CompanyKeys,
  req: Request,
  res: Response,
): boolean {
  const request = { method: req.method, path: req.originalUrl, body: bodyOf(req) }
  const headers = {
    timestamp: req.header(TIMESTAMP_HEADER) ?? '',
    nonce: req.header(NONCE_HEADER) ?? '',
    signature: req.header(SIGNATURE_HEADER) ?? '',
  }
  const known = req.header(MERCHANT_HEADER) === keys.merchant.merchantId
  const refused = refuseRequest(keys.merchantPublicKey, headers, request, deps.clock())
  if (known && refused === undefined) return false
  refuse(res, 401, known ? (refused ?? 'refused') : 'unknown-merchant')
  return true
}

const bodyOf = (req: Request): Uint8Array =>
  req.body instanceof Uint8Array ? req.body : new Uint8Array()

function jsonOf(req: Request): unknown {
  try {
    return JSON.parse(Buffer.from(bodyOf(req)).toString('utf8'))
  } catch {
    return undefined
  }
}

function answer(deps: CompanyDeps, keys: CompanyKeys, res: Response, value: object): void {
  const body = JSON.stringify(value)
  const stamp = { atMs: deps.clock(), nonce: randomBytes(16).toString('hex') }
  const signed = signBody(keys.privateKey, stamp, utf8(body))
  res
    .set(TIMESTAMP_HEADER, signed.timestamp)
    .set(NONCE_HEADER, signed.nonce)
    .set(SIGNATURE_HEADER, signed.signature)
    .type('application/json')
    .send(body)
}

const refuse = (res: Response, status: number, code: string): void => {
  res.status(status).json({ code })
}

/** Looks for owed notifications until stopped; stopping waits for those under way. */
function keepNotifying(deps: CompanyDeps, keys: CompanyKeys): () => Promise<void> {
  let stopped = false
  let wake: () => void = () => undefined
  const loop = (async () => {
    while (!stopped) {
      await notifyDue({ ...deps, privateKey: keys.privateKey })
      await new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, LOOK_EVERY_MS)
      })
    }
  })()
  return async () => {
    stopped = true
    wake()
    await loop
  }
}
