/**
 * What a payment company says of refunds and disputes, acted on in the transaction that takes its
 * stored message. Told twice, late or in another order it comes to the same.
 */
import { randomUUID } from 'node:crypto'
import type { Tx } from '../../platform/db/db.ts'
import { closeItems, type OpenItemReason, openItem } from '../attest/open-items.ts'
import type { DisputeFact, RefundFact } from '../payments/channel.ts'
import { REASONS, stateAfter } from './refund.ts'
import * as store from './store.ts'

export type HeardOutcome =
  | 'refunded'
  | 'refund-pending'
  | 'refund-failed'
  | 'refund-differs'
  | 'dispute-opened'
  | 'dispute-won'
  | 'dispute-lost'

/** The order that it is about, locked. */
export type ToldOrder = {
  id: string
  operatorId: string
  deviceId: string
  channel: string
  currency: string
}

export async function hearRefund(
  tx: Tx,
  order: ToldOrder,
  fact: RefundFact,
): Promise<HeardOutcome> {
  const { amountMinor, refundId, companyRefundId: companyId } = fact
  const known = await store.lockTold(tx, { refundId, companyId, channel: order.channel })
  if (await differs(tx, order, fact, known)) {
    await open(tx, order, 'refund-differs', amountMinor)
    return 'refund-differs'
  }
  const state = stateAfter(known?.state ?? 'submitted', fact.state)
  if (known === undefined)
    await keep(tx, order, { amountMinor, companyId, state, cause: 'company' })
  else await store.setState(tx, known.id, state, { companyId })
  if (state === 'succeeded') {
    await closeItems(tx, order.id, ['refund-failed'])
    if (known === undefined) await open(tx, order, 'payment-refunded', amountMinor)
  }
  // What did not go back a person has to see to.
  if (state === 'refused' || state === 'abnormal') {
    await open(tx, order, 'refund-failed', amountMinor)
  }
  return OUTCOMES[fact.state]
}

const OUTCOMES = {
  succeeded: 'refunded',
  pending: 'refund-pending',
  closed: 'refund-failed',
  abnormal: 'refund-failed',
} as const

/** An open dispute is held like a refund on its way; won it comes to nothing, lost it is one. */
export async function hearDispute(
  tx: Tx,
  order: ToldOrder,
  fact: DisputeFact,
): Promise<HeardOutcome> {
  const { disputeId: companyId, amountMinor, feeMinor, state: told } = fact
  const known = await store.lockTold(tx, { refundId: '', companyId, channel: order.channel })
  if (await differs(tx, order, fact, known)) {
    await open(tx, order, 'refund-differs', amountMinor)
    return 'refund-differs'
  }
  const heard = DISPUTES[told]
  if (known !== undefined && told !== 'opened') {
    await store.setState(tx, known.id, stateAfter(known.state, heard), { feeMinor })
  }
  if (known === undefined) {
    // An open one waits to be held.
    const state = told === 'opened' ? 'requested' : stateAfter('submitted', heard)
    await keep(tx, order, { amountMinor, companyId, state, feeMinor, cause: 'chargeback' })
    if (told === 'opened') await open(tx, order, 'payment-disputed', amountMinor)
  }
  if (told !== 'opened') await closeItems(tx, order.id, ['payment-disputed'])
  return `dispute-${told}`
}

const DISPUTES = { opened: 'pending', won: 'closed', lost: 'succeeded' } as const

/** Not the amount that we asked for, or of another payment than ours. */
async function differs(
  tx: Tx,
  order: ToldOrder,
  { amountMinor, transactionId }: Pick<RefundFact, 'amountMinor' | 'transactionId'>,
  known: store.RefundRow | undefined,
): Promise<boolean> {
  if (known !== undefined && known.orderId !== order.id) return true
  if (known !== undefined && known.amountMinor !== amountMinor) return true
  const paid = await store.findPaid(tx, order.id)
  if (paid === undefined) return false
  return paid.transactionId !== transactionId || amountMinor > paid.amountMinor
}

type Unasked = Pick<store.NewRefund, 'amountMinor' | 'state' | 'feeMinor'> & {
  companyId: string
  cause: 'company' | 'chargeback'
}

/** One that we did not ask for. */
async function keep(tx: Tx, order: ToldOrder, told: Unasked): Promise<void> {
  const { id: orderId, operatorId, deviceId, channel, currency } = order
  const where = { operatorId, deviceId, orderId, channel, currency }
  const refund = { id: randomUUID(), ...where, ...told, reason: REASONS[told.cause] }
  await store.insertRefund(tx, refund)
}

const open = (
  tx: Tx,
  { id: orderId, operatorId, deviceId, currency }: ToldOrder,
  reason: OpenItemReason,
  amountMinor: bigint,
): Promise<void> => openItem(tx, { operatorId, deviceId, orderId, reason, amountMinor, currency })
