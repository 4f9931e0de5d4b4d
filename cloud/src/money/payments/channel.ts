/**
 * A payment company, seen through one interface: what every channel must be able to do for a sale
 * to be paid and proven. Refunds, splits and bills of a channel join it with their features.
 */

export type ChannelOrder = {
  /** Made and saved by us before the company hears of it; it is idempotent on it. */
  id: string
  amountMinor: bigint
  currency: string
  item: string
  expiresAtMs: number
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
  | { ok: true; payUrl: string }
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
  /** Verifies a notification over its raw body, before anything in it is believed. */
  readNotification(headers: MessageHeaders, body: Uint8Array): ReadMessage
  /** What a verified message says was paid; undefined when it says something else. */
  paidFactOf(body: Uint8Array): PaidFact | undefined
}
