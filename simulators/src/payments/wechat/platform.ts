/**
 * What WeChat Pay does with a merchant's orders and refunds, and what it owes to tell. No HTTP
 * here; state is in memory, a restart forgets it.
 */
import { randomBytes } from 'node:crypto'
import {
  beijingInstant,
  type JsapiOrder,
  type NativeOrder,
  type Refunded,
  type RefundOrder,
  type Transaction,
} from '@tillproof/cloud/money/payments/wechat/wire.ts'
import type { WechatFault } from './faults.ts'

export type HeldOrder = {
  request: NativeOrder | JsapiOrder
  codeUrl: string
  prepayId: string
  transactionId: string | null
  paidAtMs: number | null
  closed: boolean
}
export type HeldRefund = {
  request: RefundOrder
  refundId: string
  transactionId: string
  atMs: number
  status: 'PROCESSING' | 'SUCCESS' | 'ABNORMAL'
}
export type Owed = {
  id: string
  event: string
  kind: 'transaction' | 'refund'
  notifyUrl: string
  facts: object
  atMs: number
  attempts: number
  /** A replay: these bytes again, with the headers of then. */
  verbatim?: { headers: Record<string, string>; body: string }
}
export type Platform = {
  merchantId: string
  appId: string
  orders: Map<string, HeldOrder>
  refunds: Map<string, HeldRefund>
  owed: Owed[]
  faults: Set<WechatFault>
  clock: () => number
}
export type Refusal = { refused: string; status: number; message: string }

export const LATE_BY_MS = 86_400_000
export const REORDERED_BY_MS = 60_000

/** Idempotent on the merchant's number; the same number with other content is refused. */
export function placeOrder(platform: Platform, request: HeldOrder['request']): HeldOrder | Refusal {
  if (request.mchid !== platform.merchantId || request.appid !== platform.appId) {
    return refuse(400, 'APPID_MCHID_NOT_MATCH', 'appid and mchid do not belong together')
  }
  const held = platform.orders.get(request.out_trade_no)
  if (held === undefined) {
    const codeUrl = `weixin://wxpay/bizpayurl?pr=${randomBytes(6).toString('hex')}`
    const prepayId = `wx${randomBytes(17).toString('hex')}`
    const paid = { transactionId: null, paidAtMs: null, closed: false }
    const order = { request, codeUrl, prepayId, ...paid }
    platform.orders.set(request.out_trade_no, order)
    return order
  }
  if (held.transactionId !== null) return refuse(400, 'ORDERPAID', 'the order is paid')
  if (held.closed) return refuse(400, 'ORDER_CLOSED', 'the order is closed')
  const same = JSON.stringify(held.request) === JSON.stringify(request)
  return same ? held : refuse(403, 'OUT_TRADE_NO_USED', 'the number has another order')
}

/** The customer scans the code and pays; paying twice is paying once. */
export function payOrder(platform: Platform, codeUrl: string): HeldOrder | Refusal {
  const order = [...platform.orders.values()].find(each => each.codeUrl === codeUrl)
  if (order === undefined || 'payer' in order.request) {
    return refuse(404, 'ORDER_NOT_EXIST', 'no such code')
  }
  return pay(platform, order)
}

/** A page within the app asks it to pay; only the customer whom the order names may. */
export function payPrepared(
  platform: Platform,
  prepayId: string,
  openid: string,
): HeldOrder | Refusal {
  const order = [...platform.orders.values()].find(each => each.prepayId === prepayId)
  const isPayer = order && 'payer' in order.request && order.request.payer.openid === openid
  return isPayer ? pay(platform, order) : refuse(404, 'ORDER_NOT_EXIST', 'no such order')
}

function pay(platform: Platform, order: HeldOrder): HeldOrder | Refusal {
  if (order.transactionId !== null) return order
  const now = platform.clock()
  const over = order.closed || Date.parse(order.request.time_expire) <= now
  if (over) return refuse(400, 'ORDER_CLOSED', 'the order is over')
  order.transactionId = `4200${randomBytes(12).toString('hex')}`
  order.paidAtMs = now
  oweTransaction(platform, order, now)
  return order
}

export function closeOrder(platform: Platform, tradeNo: string): { ok: true } | Refusal {
  const order = platform.orders.get(tradeNo)
  if (order === undefined) return refuse(404, 'ORDER_NOT_EXIST', 'no such order')
  if (order.transactionId !== null) return refuse(400, 'ORDERPAID', 'the order is paid')
  order.closed = true
  return { ok: true }
}

/** Accepted at once, done at once, told by a notification; idempotent on the refund's number. */
export function refundOrder(platform: Platform, request: RefundOrder): HeldRefund | Refusal {
  const order = platform.orders.get(request.out_trade_no)
  if (order === undefined) return refuse(404, 'RESOURCE_NOT_EXISTS', 'no such order')
  if (order.transactionId === null) return refuse(400, 'INVALID_REQUEST', 'the order is not paid')
  const held = platform.refunds.get(request.out_refund_no)
  if (held !== undefined) {
    const same = JSON.stringify(held.request) === JSON.stringify(request)
    return same ? held : refuse(400, 'INVALID_REQUEST', 'the number has another refund')
  }
  const { total } = order.request.amount
  const given = refundsOf(platform, order).reduce(
    (sum, each) => sum + each.request.amount.refund,
    0,
  )
  if (request.amount.total !== total || given + request.amount.refund > total) {
    return refuse(400, 'INVALID_REQUEST', 'more than was paid')
  }
  const refund: HeldRefund = {
    request,
    refundId: `5030${randomBytes(12).toString('hex')}`,
    transactionId: order.transactionId,
    atMs: platform.clock(),
    status: platform.faults.has('refund-abnormal') ? 'ABNORMAL' : 'SUCCESS',
  }
  platform.refunds.set(request.out_refund_no, refund)
  oweRefund(platform, refund)
  return { ...refund, status: 'PROCESSING' }
}

export const refundsOf = (platform: Platform, order: HeldOrder): HeldRefund[] =>
  [...platform.refunds.values()].filter(
    ({ request, status }) =>
      request.out_trade_no === order.request.out_trade_no && status !== 'ABNORMAL',
  )

/** What a query answers, and a notification seals. */
export function transactionOf(platform: Platform, order: HeldOrder): Transaction {
  const { mchid, out_trade_no, amount } = order.request
  const unpaid = order.closed ? 'CLOSED' : 'NOTPAY'
  if (order.transactionId === null || order.paidAtMs === null) {
    return { mchid, out_trade_no, trade_state: unpaid, amount }
  }
  return {
    mchid,
    out_trade_no,
    trade_state: refundsOf(platform, order).length > 0 ? 'REFUND' : 'SUCCESS',
    transaction_id: order.transactionId,
    success_time: beijingInstant(order.paidAtMs),
    amount,
  }
}

export function refundedOf({ request, refundId, transactionId }: HeldRefund): Refunded {
  const { out_trade_no, out_refund_no, amount } = request
  const { total, refund } = amount
  return {
    out_trade_no,
    out_refund_no,
    refund_id: refundId,
    transaction_id: transactionId,
    amount: { total, refund },
  }
}

function oweTransaction(platform: Platform, order: HeldOrder, now: number): void {
  const { faults } = platform
  const told = transactionOf(platform, order)
  const { total, currency } = order.request.amount
  const lateByMs = faults.has('late-notify') ? LATE_BY_MS : 0
  const heldBackMs = faults.has('refund-first') ? REORDERED_BY_MS : 0
  owe(platform, {
    event: 'TRANSACTION.SUCCESS',
    kind: 'transaction',
    notifyUrl: order.request.notify_url,
    facts: {
      ...told,
      ...(faults.has('wrong-merchant') ? { mchid: '1900000110' } : {}),
      amount: { total: faults.has('wrong-amount') ? total + 1 : total, currency },
    },
    atMs: now + lateByMs + heldBackMs,
  })
}

function oweRefund(platform: Platform, refund: HeldRefund): void {
  owe(platform, {
    event: `REFUND.${refund.status}`,
    kind: 'refund',
    notifyUrl: refund.request.notify_url,
    facts: {
      mchid: platform.merchantId,
      ...refundedOf(refund),
      refund_status: refund.status,
      success_time: beijingInstant(refund.atMs),
    },
    atMs: refund.atMs,
  })
}

function owe({ faults, owed }: Platform, told: Omit<Owed, 'id' | 'attempts'>): void {
  if (faults.has('no-notify')) return
  owed.push({ ...told, id: `EV-${randomBytes(12).toString('hex')}`, attempts: 0 })
}

const refuse = (status: number, refused: string, message: string): Refusal => ({
  refused,
  status,
  message,
})
