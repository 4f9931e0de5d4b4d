/** The bills that the sandbox company writes of its merchant's payments and refunds. */
import { type Bill, billAt } from '@tillproof/cloud/money/payments/bill-calendar.ts'
import type { BillKind } from '@tillproof/cloud/money/payments/channel.ts'
import {
  type FundBill,
  sandboxCalendar,
  sandboxFeeMilliMinor,
  sandboxFeeMinor,
  type TradeBill,
} from '@tillproof/cloud/money/payments/sandbox-bills.ts'
import { DISPUTE_FEE_MINOR } from './refunding.ts'
import type { SandboxStore, StoredOrder, StoredRefund } from './store.ts'

export type BillDeps = {
  store: Pick<
    SandboxStore,
    'paidBetween' | 'refundedBetween' | 'lostBetween' | 'refundsOf' | 'orderById'
  >
  clock: () => number
  /** What a bill is of; a day unless told. */
  billEveryMs?: number | undefined
}
export type WrittenBill =
  | { ok: true; bill: TradeBill | FundBill }
  | { refused: 'not-ready' | 'unknown' }

/** A bill by its name, once its time is over and it is written. */
export function writeBill(deps: BillDeps, day: string, kind: BillKind): WrittenBill {
  const calendar = sandboxCalendar(deps.billEveryMs)
  const [date = '', number = '0'] = day.split('.')
  const midnightMs = Date.parse(`${date}T00:00:00Z`)
  const bill = billAt(calendar, midnightMs + Number(number) * calendar.everyMs)
  if (bill.day !== day) return { refused: 'unknown' }
  if (bill.untilMs + calendar.readyAfterMs > deps.clock()) return { refused: 'not-ready' }
  const movements = movementsOf(deps.store, bill)
  const written =
    kind === 'trades' ? { day, trades: movements.map(tradeOf) } : { day, funds: fundsOf(movements) }
  return { ok: true, bill: written }
}

type Movement = {
  atMs: number
  order: StoredOrder
  amountMinor: bigint
  /** Null for a payment; a dispute that was lost is a refund with a charge on top. */
  refund: Pick<StoredRefund, 'merchantRefundId' | 'refundId'> | null
  chargeMinor: bigint
}

function movementsOf(store: BillDeps['store'], { fromMs, untilMs }: Bill): Movement[] {
  const payments = store.paidBetween(fromMs, untilMs).map((order): Movement => {
    const { paidAtMs, amountMinor } = order
    const nothing = { refund: null, chargeMinor: 0n }
    return { atMs: paidAtMs ?? 0, order, amountMinor: BigInt(amountMinor), ...nothing }
  })
  const refunds = store.refundedBetween(fromMs, untilMs).flatMap((refund): Movement[] => {
    const order = store.orderById(refund.merchantOrderId)
    const { atMs, amountMinor } = refund
    const given = { atMs, amountMinor: BigInt(amountMinor), refund, chargeMinor: 0n }
    return order === undefined ? [] : [{ ...given, order }]
  })
  const disputes = store.lostBetween(fromMs, untilMs).flatMap((dispute): Movement[] => {
    const order = store.orderById(dispute.merchantOrderId)
    if (order === undefined) return []
    const { disputeId, atMs } = dispute
    const refund = { merchantRefundId: disputeId, refundId: disputeId }
    const amountMinor = leftAt(store, order, atMs)
    return [{ atMs, order, amountMinor, refund, chargeMinor: DISPUTE_FEE_MINOR }]
  })
  return [...payments, ...refunds, ...disputes].toSorted((one, other) => one.atMs - other.atMs)
}

/** What of an order had not been paid back by then. */
const leftAt = (store: BillDeps['store'], order: StoredOrder, atMs: number): bigint =>
  store
    .refundsOf(order.merchantOrderId)
    .filter(refund => refund.state === 'succeeded' && refund.atMs <= atMs)
    .reduce((left, refund) => left - BigInt(refund.amountMinor), BigInt(order.amountMinor))

function tradeOf({ atMs, order, amountMinor, refund }: Movement): TradeBill['trades'][number] {
  const feeMilliMinor = sandboxFeeMilliMinor(amountMinor)
  return {
    atMs,
    merchantOrderId: order.merchantOrderId,
    transactionId: order.transactionId ?? '',
    currency: order.currency,
    amountMinor: refund === null ? String(amountMinor) : '0',
    feeMilliMinor: String(refund === null ? feeMilliMinor : -feeMilliMinor),
    refund: refund && {
      merchantRefundId: refund.merchantRefundId,
      refundId: refund.refundId,
      amountMinor: String(amountMinor),
    },
  }
}

/** Each payment and what is kept of it; each refund and what is given back of that. */
function fundsOf(movements: readonly Movement[]): FundBill['funds'] {
  let balance = 0n
  return movements.flatMap(({ atMs, order, amountMinor, refund, chargeMinor }) => {
    const businessId = refund?.refundId ?? order.transactionId ?? ''
    const line = (business: string, minor: bigint): FundBill['funds'][number] => {
      balance += minor
      return {
        atMs,
        flowId: `${businessId}.${business}`,
        businessId,
        business,
        direction: minor < 0n ? 'out' : 'in',
        amountMinor: String(minor < 0n ? -minor : minor),
        balanceMinor: String(balance),
        merchantOrderId: order.merchantOrderId,
      }
    }
    const fee = sandboxFeeMinor(amountMinor)
    const sign = refund === null ? 1n : -1n
    const name = refund === null ? 'payment' : 'refund'
    return [
      line(name, sign * amountMinor),
      ...(fee > 0n ? [line('fee', -sign * fee)] : []),
      ...(chargeMinor > 0n ? [line('charge', -chargeMinor)] : []),
    ]
  })
}
