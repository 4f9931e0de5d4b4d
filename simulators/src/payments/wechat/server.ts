/**
 * WeChat Pay as a real HTTP server: the API v3 that our channel speaks, with its signatures, the
 * customer's wallet, and notifications. docs/wire/wechat-channel.md.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  BEIJING_OFFSET_MS,
  jsapiOrder,
  nativeOrder,
  refundOrder as refundRequest,
} from '@tillproof/cloud/money/payments/wechat/wire.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import express, { type Express, type Request, type Response } from 'express'
import { answer, BAD_PARAMETERS, bodyOf, type Deps, jsonOf, refusal, refuse } from './answers.ts'
import { fundBill, tradeBill } from './bills.ts'
import { loadOrCreateKeys, type PlatformKeys } from './credentials.ts'
import type { WechatFault } from './faults.ts'
import { mountInApp } from './in-app.ts'
import { type Delivery, deliverDue } from './notifier.ts'
import {
  closeOrder,
  type HeldRefund,
  type Platform,
  payOrder,
  placeOrder,
  type Refusal,
  refundedOf,
  refundOrder,
  transactionOf,
} from './platform.ts'
import { isSigned } from './signing.ts'
import { mountSplits } from './split-routes.ts'

export type WechatOptions = {
  /** Folder for the keys and the merchant's settings. */
  dir: string
  /** 0 takes any free port. */
  port: number
  /** May be changed while it runs. */
  faults?: Set<WechatFault>
  clock?: () => number
}
export type WechatServer = {
  url: string
  keys: PlatformKeys
  /** Sends the notifications that are due, once each. */
  deliverDue(): Promise<Delivery[]>
  stop(): Promise<void>
}

/** Starts the company; resolves when it listens. */
export async function startWechat(options: WechatOptions): Promise<WechatServer> {
  const app = express()
  const server = createServer(app)
  const url = await listen(server, options.port)
  const keys = loadOrCreateKeys(options.dir, url)
  const { merchantId, appId } = keys.settings
  const platform: Platform = {
    merchantId,
    appId,
    orders: new Map(),
    refunds: new Map(),
    owed: [],
    faults: options.faults ?? new Set(),
    clock: options.clock ?? Date.now,
  }
  mountRoutes(app, { platform, keys, url, bills: new Map() })
  return {
    url,
    keys,
    deliverDue: () => deliverDue(platform, keys),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new TillproofError(
      'wechat.port-taken',
      `The simulated WeChat Pay cannot listen on port ${port}.`,
      'Stop what listens there, or give another port with --port.',
      { cause },
    )
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function mountRoutes(app: Express, deps: Deps): void {
  const { platform } = deps
  const trade = '/v3/pay/transactions/out-trade-no/:no'
  app.disable('x-powered-by')
  app.post('/wallet/:code', (req, res) => {
    const paid = payOrder(platform, `weixin://wxpay/bizpayurl?pr=${req.params.code}`)
    if ('refused' in paid) return void res.status(paid.status).json({ code: paid.refused })
    res.json({ transaction_id: paid.transactionId })
  })
  mountInApp(app, deps)
  app.use(express.raw({ type: () => true, limit: '64kb' }), (req, res, next) => {
    if (platform.faults.has('server-error')) return void res.status(500).json(SYSTEM_ERROR)
    if (isAsked(deps, req)) return next()
    answer(deps, res, 401, { code: 'SIGN_ERROR', message: 'the signature does not hold' })
  })
  app.post('/v3/pay/transactions/native', (req, res) => {
    const request = nativeOrder.safeParse(jsonOf(req))
    if (!request.success) return refuse(deps, res, BAD_PARAMETERS)
    const placed = placeOrder(platform, request.data)
    if ('refused' in placed) return refuse(deps, res, placed)
    answer(deps, res, 200, { code_url: placed.codeUrl })
  })
  app.post('/v3/pay/transactions/jsapi', (req, res) => {
    const request = jsapiOrder.safeParse(jsonOf(req))
    if (!request.success) return refuse(deps, res, BAD_PARAMETERS)
    const placed = placeOrder(platform, request.data)
    if ('refused' in placed) return refuse(deps, res, placed)
    answer(deps, res, 200, { prepay_id: placed.prepayId })
  })
  app.get(trade, (req, res) => {
    const order = platform.orders.get(String(req.params.no))
    const ours = req.query.mchid === platform.merchantId ? order : undefined
    if (ours === undefined) return refuse(deps, res, NO_ORDER)
    answer(deps, res, 200, transactionOf(platform, ours))
  })
  app.post(`${trade}/close`, (req, res) => {
    const closed = closeOrder(platform, String(req.params.no))
    if ('refused' in closed) return refuse(deps, res, closed)
    answer(deps, res, 204)
  })
  mountRefunds(app, deps)
  mountBills(app, deps)
  mountSplits(app, deps)
}

function mountRefunds(app: Express, deps: Deps): void {
  const { platform } = deps
  const refunds = '/v3/refund/domestic/refunds'
  const answerRefund = (res: Response, refund: HeldRefund | Refusal): void => {
    if ('refused' in refund) refuse(deps, res, refund)
    else answer(deps, res, 200, { ...refundedOf(refund), status: refund.status })
  }
  app.post(refunds, (req, res) => {
    const request = refundRequest.safeParse(jsonOf(req))
    answerRefund(res, request.success ? refundOrder(platform, request.data) : BAD_PARAMETERS)
  })
  app.get(`${refunds}/:no`, (req, res) => {
    answerRefund(res, platform.refunds.get(String(req.params.no)) ?? NO_REFUND)
  })
}

function mountBills(app: Express, deps: Deps): void {
  const kinds = { tradebill: tradeBill, fundflowbill: fundBill }
  for (const [name, write] of Object.entries(kinds)) {
    app.get(`/v3/bill/${name}`, (req, res) => {
      const day = String(req.query.bill_date)
      if (!/^\d{4}-\d\d-\d\d$/.test(day)) return refuse(deps, res, BAD_PARAMETERS)
      if (deps.platform.clock() < readyAtMs(day)) return refuse(deps, res, BILL_NOT_READY)
      const bill = write(deps.platform, day)
      if (bill === undefined) return refuse(deps, res, NO_BILL)
      const token = randomBytes(16).toString('hex')
      deps.bills.set(token, bill)
      const hash_value = createHash('sha1').update(bill).digest('hex')
      const download_url = `${deps.url}/v3/billdownload/file?token=${token}`
      answer(deps, res, 200, { hash_type: 'SHA1', hash_value, download_url })
    })
  }
  app.get('/v3/billdownload/file', (req, res) => {
    const bill = deps.bills.get(String(req.query.token))
    if (bill === undefined) return refuse(deps, res, NO_BILL)
    const altered = deps.platform.faults.has('altered-bill')
    res.type('text/plain').send(altered ? bill.replace('NATIVE', 'NATlVE') : bill)
  })
}

/** Nine in the morning of the next day, in Beijing. */
const readyAtMs = (day: string): number =>
  Date.parse(`${day}T00:00:00Z`) - BEIJING_OFFSET_MS + 33 * 3_600_000

const SYSTEM_ERROR = { code: 'SYSTEM_ERROR', message: 'try again later' }
const NO_ORDER = refusal(404, 'ORDER_NOT_EXIST', 'no such order')
const NO_REFUND = refusal(404, 'RESOURCE_NOT_EXISTS', 'no such refund')
const NO_BILL = refusal(400, 'NO_STATEMENT_EXIST', 'no such bill')
const BILL_NOT_READY = refusal(400, 'STATEMENT_CREATING', 'the bill is being made')

const isAsked = ({ keys, platform }: Deps, req: Request): boolean => {
  const { method, originalUrl: url } = req
  const authorization = req.header('authorization') ?? ''
  return isSigned(keys, { method, url, body: bodyOf(req), authorization }, platform.clock())
}
