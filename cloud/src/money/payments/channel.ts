/**
 * A payment company, seen through one interface: what every channel must be able to do for a sale
 * to be paid and proven, and what only some can: to close an order, to pay back, to split,
 * to send bills.
 */

import type { BillCalendar } from './bill-calendar.ts'

export type ChannelOrder = {
  /** Made and saved by us before the company hears of it; it is idempotent on it. */
  id: string
  amountMinor: bigint
  currency: string
  item: string
  expiresAtMs: number
  /**
   * The customer as the company's app names him to us, who pays within the app. Passed on, never
   * kept. Where a company knows no such way, the order is paid by its code.
   */
  payer?: string
}
export type PaidFact = {
  orderId: string
  transactionId: string
  amountMinor: bigint
  currency: string
  paidAtMs: number
}
export type MessageHeaders = Record<string, string | undefined>
/** Something the company signed, whose signature was verified over exactly these bytes. */
export type SignedMessage = { messageId: string; headers: MessageHeaders; body: Uint8Array }

export type CreatedOrder =
  /** `inApp`: what the customer's page gives to the company's app; there is no code then. */
  | { ok: true; payUrl: string; inApp?: Record<string, string> }
  | { refused: 'rejected' | 'unreachable'; detail: string }
export type OrderAnswer =
  | { state: 'paid'; message: SignedMessage }
  | { state: 'unpaid' | 'expired' }
  /** No answer that can be believed: ask again later. */
  | { state: 'unknown'; detail: string }
export type MessageRefusal =
  | 'header-missing'
  | 'header-malformed'
  | 'skew'
  | 'bad-signature'
  /** Signed with a key of the company that we were not given. */
  | 'unknown-key'
  | 'malformed'
  /** Its sealed part does not open with our key, or it is meant for somebody else. */
  | 'sealed'
  | 'other-merchant'
export type ReadMessage = { ok: true; message: SignedMessage } | { refused: MessageRefusal }

/** A refund that we ask for; all of an order's together are at most what was paid. */
export type ChannelRefund = {
  /** Made and saved by us before the company hears of it; it is idempotent on it. */
  id: string
  orderId: string
  amountMinor: bigint
  paidMinor: bigint
  currency: string
  /** For the customer to read. */
  reason: string
}
export type RefundState = 'pending' | 'succeeded' | 'closed' | 'abnormal'
/** What the company says of a refund, whoever asked for it. */
export type RefundFact = {
  refundId: string
  orderId: string
  transactionId: string
  companyRefundId: string
  amountMinor: bigint
  state: RefundState
}
export type RefundAnswer =
  | { ok: true; fact: RefundFact; message: SignedMessage }
  /** `rejected`: never; `not-there`: nothing of this id has come to them yet. */
  | { refused: 'rejected' | 'not-there'; detail: string }
  /** It may have been done: ask by its id, never send it under another. */
  | { refused: 'unknown'; detail: string }
export type ChannelRefunds = {
  request(refund: ChannelRefund): Promise<RefundAnswer>
  query(refundId: string): Promise<RefundAnswer>
  /** What a verified message says was refunded; undefined when it says something else. */
  factOf(body: Uint8Array): RefundFact | undefined
}

/** The customer's bank wants a payment back; the company holds it, and tells who won. */
export type DisputeFact = {
  disputeId: string
  orderId: string
  transactionId: string
  amountMinor: bigint
  /** What the company charges the merchant when it is lost. */
  feeMinor: bigint
  state: 'opened' | 'won' | 'lost'
}

export type SplitReceiver = {
  kind: 'merchant' | 'person'
  /** A merchant's number, or a person's id with the merchant's app. */
  account: string
}
/** Parts of a paid order for others; what all splits of an order give away has a limit. */
export type ChannelSplit = {
  /** Made and saved by us before the company hears of it; a number is good for one attempt. */
  id: string
  transactionId: string
  parts: readonly (SplitReceiver & { amountMinor: bigint; note: string })[]
  /** Whether what is left is the merchant's at once. */
  last: boolean
}
export type SplitFact = {
  splitId: string
  transactionId: string
  /** Finished says nothing of success: that is each part's. */
  finished: boolean
  parts: readonly {
    account: string
    amountMinor: bigint
    state: 'pending' | 'given' | 'refused'
    /** The company's word for why not. */
    reason?: string
  }[]
}
/** `unknown`: it may have been done; ask by its id. */
export type Doubtful = { refused: 'rejected' | 'unknown'; detail: string }
export type SplitAnswer = { ok: true; fact: SplitFact; message: SignedMessage } | Doubtful
/** Part of what a merchant was given, taken back; it may not be given away a second time. */
export type SplitReturn = {
  id: string
  splitId: string
  /** The merchant's number. */
  account: string
  amountMinor: bigint
  note: string
}
export type ReturnAnswer =
  | { ok: true; state: 'pending' | 'returned' | 'refused'; reason?: string; message: SignedMessage }
  | Doubtful
export type ChannelSplits = {
  /** After this time the company itself gives to the merchant what nobody was given. */
  unfreezesAfterMs: number
  /** Before a receiver can be given anything; again does no harm. */
  register(receiver: SplitReceiver): Promise<{ ok: true } | Doubtful>
  request(split: ChannelSplit): Promise<SplitAnswer>
  query(splitId: string, transactionId: string): Promise<SplitAnswer>
  /** Gives the rest to the merchant; under an id that was used it would do nothing. */
  unfreeze(splitId: string, transactionId: string, note: string): Promise<SplitAnswer>
  takeBack(part: SplitReturn): Promise<ReturnAnswer>
  queryReturn(returnId: string, splitId: string): Promise<ReturnAnswer>
  /** What of a payment is still frozen. */
  unsplit(transactionId: string): Promise<{ ok: true; amountMinor: bigint } | Doubtful>
}

/** A line of a day's trades: money that customers paid, or got back. */
export type TradeLine = {
  atMs: number
  /** Ours; as the company wrote it when it is none of ours. */
  orderId: string
  transactionId: string
  currency: string
  /** What the order came to. */
  amountMinor: bigint
  /** What of it the company owes the merchant, before fees. */
  settledMinor: bigint
  /** In thousandths of a minor unit, as fees are shares; negative when given back. */
  feeMilliMinor: bigint
  refund: { refundId: string; companyRefundId: string; amountMinor: bigint } | null
}
/** A movement of the merchant's account at the company. */
export type FundLine = {
  atMs: number
  flowId: string
  /** The payment, refund or split that caused it, in the company's numbering. */
  businessId: string
  /** The company's word for it. */
  business: string
  amountMinor: bigint
  /** `in` to the merchant, `out` of its account. */
  direction: 'in' | 'out'
  balanceMinor: bigint
  note: string
  /** The order or refund that it belongs to, in the merchant's numbering. */
  voucherId: string
}
export type BillKind = 'trades' | 'funds'
export type BillAnswer =
  /** The bill as the company wrote it, believed, and not read yet. */
  | { ok: true; body: Uint8Array }
  /** `none`: nothing happened that day; `not-ready`: ask later; `malformed`: a person looks. */
  | { refused: 'none' | 'not-ready' | 'unreachable' | 'malformed'; detail: string }
export type ReadBill<Line> =
  | { ok: true; lines: readonly Line[] }
  | { refused: 'malformed'; detail: string }
export type ChannelBills = {
  calendar: BillCalendar
  fetch(kind: BillKind, day: string): Promise<BillAnswer>
  /** Whole, or refused whole. */
  readTrades(body: Uint8Array): ReadBill<TradeLine>
  readFunds(body: Uint8Array): ReadBill<FundLine>
}

export type PaymentChannel = {
  /** Lower case, as in account paths: `sandbox`. */
  name: string
  /**
   * Hundredths of a percent of an order that its own splitting gives to others than the merchant;
   * absent where it sets no limit. Agreements are held against it when they are made.
   */
  givesAwayAtMostBasisPoints?: number
  createOrder(order: ChannelOrder): Promise<CreatedOrder>
  query(orderId: string): Promise<OrderAnswer>
  /** Ends an unpaid order; absent where the company does so by itself at the order's end. */
  closeOrder?(orderId: string): Promise<void>
  refunds?: ChannelRefunds
  /** What a verified message says of a dispute; absent where the company has none. */
  disputeFactOf?(body: Uint8Array): DisputeFact | undefined
  splits?: ChannelSplits
  bills?: ChannelBills
  /** Verifies a notification over its raw body, before anything in it is believed. */
  readNotification(headers: MessageHeaders, body: Uint8Array): ReadMessage
  /** What a verified message says was paid; undefined when it says something else. */
  paidFactOf(body: Uint8Array): PaidFact | undefined
}
