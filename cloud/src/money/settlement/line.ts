/**
 * The rule of a bill's line: which payment or refund it settles, what the company kept of it, and
 * what does not fit. Pure; design/clearing.md §7.
 */
import type { OpenItemReason } from '../attest/open-items.ts'
import type { FundLine, TradeLine } from '../payments/channel.ts'

/** What we know of the order that a line names. */
export type KnownOrder = {
  operatorId: string
  deviceId: string
  payment: { transactionId: string; amountMinor: bigint; currency: string } | null
}
export type LineFault = 'missing-ours' | 'amount-differs' | 'duplicate'

/** Each fault has an open item of its own. */
export const REASONS: Record<LineFault, OpenItemReason> = {
  'missing-ours': 'settlement-missing-ours',
  'amount-differs': 'settlement-amount-differs',
  duplicate: 'settlement-duplicate',
}

/**
 * Null for a line that settles our payment, or a refund of it.
 * @param isSettled whether another line did already
 */
export function judgeLine(
  line: TradeLine,
  { payment }: KnownOrder,
  isSettled: boolean,
): LineFault | null {
  if (payment === null || payment.transactionId !== line.transactionId) return 'missing-ours'
  const isRefund = line.refund !== null
  const isAmount = isRefund
    ? (line.refund?.amountMinor ?? 0n) <= payment.amountMinor
    : line.amountMinor === payment.amountMinor
  if (!isAmount || line.currency !== payment.currency) return 'amount-differs'
  return isSettled ? 'duplicate' : null
}

/** What the customer paid, or less than nothing for what was paid back. */
export const signedAmount = ({ amountMinor, refund }: TradeLine): bigint =>
  refund === null ? amountMinor : -refund.amountMinor

/** What the company books its movements under. */
export const movedAs = ({ transactionId, refund }: TradeLine): string =>
  refund?.companyRefundId ?? transactionId

/** One name for a payment or a refund, however often a bill names it. */
export const lineKey = (orderId: string, refundId: string | null): string =>
  `${orderId} ${refundId ?? ''}`

/** What each payment and refund moved on the merchant's account, fees taken off. */
export function movements(lines: readonly FundLine[]): Map<string, bigint> {
  const net = new Map<string, bigint>()
  for (const { businessId, direction, amountMinor } of lines) {
    const signed = direction === 'in' ? amountMinor : -amountMinor
    net.set(businessId, (net.get(businessId) ?? 0n) + signed)
  }
  return net
}

/**
 * Whether the fee that was kept is another than the agreement's, beyond what rounding explains: one
 * minor unit, and a thousandth of the amount.
 */
export function isFeeOff(
  amountMinor: bigint,
  { keptMinor, estimatedMinor }: { keptMinor: bigint; estimatedMinor: bigint },
): boolean {
  const off = abs(keptMinor - estimatedMinor)
  return off > 1n + abs(amountMinor) / 1000n
}

const abs = (minor: bigint): bigint => (minor < 0n ? -minor : minor)
