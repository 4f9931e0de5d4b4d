/**
 * What the sandbox company does with an order: takes it from the merchant, lets a customer's wallet
 * pay it once, owes a notification, answers queries. No HTTP here.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import {
  type Notification,
  type OrderRequest,
  type OrderStatus,
  orderRequest,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { type Faults, strikes } from './faults.ts'
import type { NewOwed, SandboxStore, StoredOrder } from './store.ts'

/** How late the fault `late-notify` makes a notification. */
export const LATE_BY_MS = 20_000

export type CompanyDeps = {
  store: SandboxStore
  faults: Faults
  clock: () => number
  random: () => number
}
export type Created = { ok: true; order: StoredOrder } | { refused: 'order-id-reused' }
export type Paid = { ok: true; order: StoredOrder } | { refused: 'unknown' | 'expired' }

/** Idempotent on the merchant's order id; the same id with other content is refused. */
export function createOrder({ store }: CompanyDeps, request: OrderRequest): Created {
  const held = store.orderById(request.merchantOrderId)
  if (held === undefined) store.addOrder(request, randomBytes(16).toString('hex'))
  const order = store.orderById(request.merchantOrderId)
  const same = order !== undefined && sameRequest(order, request)
  return same ? { ok: true, order } : { refused: 'order-id-reused' }
}

/** The customer's wallet pays; paying twice is paying once. */
export function payOrder(deps: CompanyDeps, payToken: string): Paid {
  const order = deps.store.orderByPayToken(payToken)
  if (order === undefined) return { refused: 'unknown' }
  if (order.paidAtMs !== null) return { ok: true, order }
  const now = deps.clock()
  if (order.expiresAtMs <= now) return { refused: 'expired' }
  const transactionId = `sb${randomBytes(12).toString('hex')}`
  deps.store.pay(
    order.merchantOrderId,
    transactionId,
    now,
    owedFor(deps, order, transactionId, now),
  )
  return { ok: true, order: { ...order, transactionId, paidAtMs: now } }
}

/** What a query answers. */
export function statusOf(order: StoredOrder, nowMs: number): OrderStatus {
  const unpaid = order.expiresAtMs <= nowMs ? 'expired' : 'unpaid'
  return {
    merchantOrderId: order.merchantOrderId,
    state: order.paidAtMs === null ? unpaid : 'paid',
    amountMinor: order.amountMinor,
    currency: order.currency,
    transactionId: order.transactionId,
    paidAtMs: order.paidAtMs,
  }
}

function owedFor(
  { faults, random }: CompanyDeps,
  order: StoredOrder,
  transactionId: string,
  paidAtMs: number,
): NewOwed[] {
  if (strikes(faults, 'drop-notify', random)) return []
  const body: Notification = {
    notificationId: randomUUID(),
    type: 'payment.succeeded',
    merchantOrderId: order.merchantOrderId,
    transactionId,
    amountMinor: order.amountMinor,
    currency: order.currency,
    paidAtMs,
  }
  const lateByMs = strikes(faults, 'late-notify', random) ? LATE_BY_MS : 0
  const firstAttemptAtMs = paidAtMs + lateByMs
  return [{ notificationId: body.notificationId, body: JSON.stringify(body), firstAttemptAtMs }]
}

const sameRequest = (order: StoredOrder, request: OrderRequest): boolean =>
  JSON.stringify(orderRequest.parse(request)) === JSON.stringify(requestOf(order))

const requestOf = ({ payToken: _, transactionId: __, paidAtMs: ___, ...request }: StoredOrder) =>
  orderRequest.parse(request)
