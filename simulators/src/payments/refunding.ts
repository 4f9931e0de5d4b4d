/**
 * What the sandbox company does with paid money afterwards: pays it back for the merchant or, asked
 * by the customer, by itself; and lets the customer's bank dispute a payment. No HTTP here.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type {
  DisputeNotification,
  RefundNotification,
  RefundRequest,
  RefundStatus,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { type CompanyDeps, LATE_BY_MS } from './company.ts'
import { strikes } from './faults.ts'
import type { NewOwed, StoredDispute, StoredOrder, StoredRefund } from './store.ts'

/** What the merchant is charged for a dispute that it loses. */
export const DISPUTE_FEE_MINOR = 1_500n

export type RefundRefusal =
  | 'unknown-order'
  | 'not-paid'
  | 'too-much'
  | 'refund-id-reused'
  | 'refund-refused'
export type Refunded = { ok: true; status: RefundStatus } | { refused: RefundRefusal }

/** Accepted at once and done at once; idempotent on the merchant's id. */
export function refundOrder(deps: CompanyDeps, request: RefundRequest): Refunded {
  const { store, faults, random } = deps
  const order = store.orderById(request.merchantOrderId)
  if (order === undefined) return { refused: 'unknown-order' }
  if (order.transactionId === null) return { refused: 'not-paid' }
  const held = store.refundById(request.merchantRefundId)
  if (held !== undefined) {
    const isSame =
      held.merchantOrderId === request.merchantOrderId && held.amountMinor === request.amountMinor
    return isSame ? { ok: true, status: statusOf(order, held) } : { refused: 'refund-id-reused' }
  }
  if (BigInt(request.amountMinor) > leftOf(deps, order)) return { refused: 'too-much' }
  if (strikes(faults, 'refund-refused', random)) return { refused: 'refund-refused' }
  const status = statusOf(order, keepRefund(deps, order, request))
  return { ok: true, status: { ...status, state: 'pending' } }
}

/** Asked by the customer, the company pays back by itself, under a number of its own. */
export function refundUnasked(deps: CompanyDeps, payToken: string, minor?: bigint): Refunded {
  const order = deps.store.orderByPayToken(payToken)
  if (order === undefined) return { refused: 'unknown-order' }
  if (order.transactionId === null) return { refused: 'not-paid' }
  const left = leftOf(deps, order)
  const amount = minor ?? left
  if (amount <= 0n || amount > left) return { refused: 'too-much' }
  const request = {
    merchantRefundId: `desk-${randomBytes(8).toString('hex')}`,
    merchantOrderId: order.merchantOrderId,
    amountMinor: String(amount),
    reason: 'Asked by the customer',
  }
  return { ok: true, status: statusOf(order, keepRefund(deps, order, request)) }
}

export function refundStatusOf(deps: CompanyDeps, id: string): RefundStatus | undefined {
  const refund = deps.store.refundById(id)
  const order = refund && deps.store.orderById(refund.merchantOrderId)
  return refund && order && statusOf(order, refund)
}

export type Disputed =
  | { ok: true; state: StoredDispute['state'] }
  | { refused: 'unknown-order' | 'not-paid' | 'decided' }

/** The customer's bank opens a dispute over what is left, or it is decided; each told once. */
export function dispute(
  deps: CompanyDeps,
  payToken: string,
  state: StoredDispute['state'],
): Disputed {
  const { store, clock } = deps
  const order = store.orderByPayToken(payToken)
  if (order === undefined) return { refused: 'unknown-order' }
  if (order.transactionId === null) return { refused: 'not-paid' }
  const known = store.disputeOf(order.merchantOrderId)
  if (known?.state === state) return { ok: true, state }
  if (known !== undefined && known.state !== 'opened') return { refused: 'decided' }
  const disputeId = known?.disputeId ?? `dp${randomBytes(10).toString('hex')}`
  const { merchantOrderId, transactionId, currency } = order
  const body: DisputeNotification = {
    notificationId: randomUUID(),
    type: `dispute.${state}`,
    disputeId,
    ...{ merchantOrderId, transactionId, currency },
    amountMinor: String(leftOf(deps, order)),
    feeMinor: String(state === 'lost' ? DISPUTE_FEE_MINOR : 0n),
    atMs: clock(),
  }
  store.setDispute({ disputeId, merchantOrderId, state, atMs: body.atMs }, owedFor(deps, body))
  return { ok: true, state }
}

function keepRefund(deps: CompanyDeps, order: StoredOrder, request: RefundRequest): StoredRefund {
  const { store, faults, random, clock } = deps
  const isClosed = strikes(faults, 'refund-closed', random)
  const isAbnormal = strikes(faults, 'refund-abnormal', random)
  const refund: StoredRefund = {
    ...request,
    refundId: `rf${randomBytes(12).toString('hex')}`,
    state: isClosed ? 'closed' : isAbnormal ? 'abnormal' : 'succeeded',
    atMs: clock(),
  }
  const body: RefundNotification = {
    ...statusOf(order, refund),
    notificationId: randomUUID(),
    type: 'refund.decided',
  }
  store.addRefund(refund, owedFor(deps, body))
  return refund
}

function leftOf({ store }: CompanyDeps, { merchantOrderId, amountMinor }: StoredOrder): bigint {
  return store
    .refundsOf(merchantOrderId)
    .filter(({ state }) => state !== 'closed')
    .reduce((left, refund) => left - BigInt(refund.amountMinor), BigInt(amountMinor))
}

const statusOf = (order: StoredOrder, refund: StoredRefund): RefundStatus => ({
  merchantRefundId: refund.merchantRefundId,
  refundId: refund.refundId,
  merchantOrderId: refund.merchantOrderId,
  transactionId: order.transactionId ?? '',
  amountMinor: refund.amountMinor,
  currency: order.currency,
  state: refund.state,
  atMs: refund.atMs,
})

function owedFor(
  { faults, random, clock }: CompanyDeps,
  body: RefundNotification | DisputeNotification,
): NewOwed[] {
  if (strikes(faults, 'drop-notify', random)) return []
  const lateByMs = strikes(faults, 'late-notify', random) ? LATE_BY_MS : 0
  const { notificationId } = body
  return [{ notificationId, body: JSON.stringify(body), firstAttemptAtMs: clock() + lateByMs }]
}
