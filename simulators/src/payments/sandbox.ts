/**
 * The sandbox payment company as a real HTTP server: the merchant's signed API, the customer's pay
 * link, signed notifications until they are accepted. State and keys live in its own folder.
 */

import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { orderRequest } from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import express from 'express'
import { answer, jsonOf, refuse, refuseMerchant } from './answers.ts'
import { writeBill } from './bills.ts'
import { type CompanyDeps, createOrder, payOrder, statusOf } from './company.ts'
import { type CompanyKeys, loadOrCreateCredentials } from './credentials.ts'
import type { Faults } from './faults.ts'
import { notifyDue } from './notifier.ts'
import { mountRefunds } from './refund-routes.ts'
import { openSandboxStore } from './store.ts'

const LOOK_EVERY_MS = 50

export type SandboxOptions = {
  /** Folder for keys, credentials and state. */
  dir: string
  /** 0 takes any free port. */
  port: number
  faults?: Faults
  /** What its bills are of; a day unless told. */
  billEveryMs?: number | undefined
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
  const keys = loadOrCreateCredentials(options.dir, url, options.billEveryMs)
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
  app.get('/v1/bills/:day/:kind', raw, (req, res) => {
    if (refuseMerchant(deps, keys, req, res)) return
    const kind = req.params.kind === 'funds' ? 'funds' : 'trades'
    const { billEveryMs } = keys.merchant
    const written = writeBill({ ...deps, billEveryMs }, String(req.params.day), kind)
    if ('ok' in written) return answer(deps, keys, res, written.bill)
    refuse(res, written.refused === 'not-ready' ? 425 : 404, written.refused)
  })
  app.post('/pay/:token', (req, res) => {
    const paid = payOrder(deps, String(req.params.token))
    if (!('ok' in paid)) return refuse(res, paid.refused === 'unknown' ? 404 : 410, paid.refused)
    res.json({ state: 'paid', transactionId: paid.order.transactionId })
  })
  mountRefunds(app, deps, keys)
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
