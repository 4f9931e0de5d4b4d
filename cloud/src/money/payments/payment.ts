/**
 * What a payment company's word does to an order. Pure.
 * Money that was taken is always recorded; whether the machine still gets a voucher for it is
 * another question, and what does not fit becomes an open item.
 */
import type { PaidFact } from './channel.ts'

export type OrderState = 'created' | 'paid' | 'failed' | 'expired'
export type PayableOrder = {
  state: OrderState
  amountMinor: bigint
  currency: string
  expiresAtMs: number
}
export type Verdict =
  | { outcome: 'paid'; late: boolean }
  | { outcome: 'repeated' }
  | { outcome: 'conflict' | 'amount-differs' }

/**
 * @param recorded what is recorded already for this order, or for another by this transaction
 * @param nowMs when the word is heard: a customer whose order expired is no longer at the machine
 */
export function judgePayment(
  order: PayableOrder,
  fact: PaidFact,
  recorded: PaidFact | undefined,
  nowMs: number,
): Verdict {
  if (recorded !== undefined) {
    return { outcome: isSamePayment(recorded, fact) ? 'repeated' : 'conflict' }
  }
  const exact = order.amountMinor === fact.amountMinor && order.currency === fact.currency
  if (!exact) return { outcome: 'amount-differs' }
  return { outcome: 'paid', late: order.state !== 'created' || nowMs >= order.expiresAtMs }
}

const isSamePayment = (one: PaidFact, other: PaidFact): boolean =>
  one.orderId === other.orderId &&
  one.transactionId === other.transactionId &&
  one.amountMinor === other.amountMinor &&
  one.currency === other.currency
