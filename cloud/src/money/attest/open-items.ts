/**
 * Open items: what did not meet its counterpart or its rule. They age and are closed by what
 * settles them or by a person; they are not errors.
 */
import type { Tx } from '../../platform/db/db.ts'

export type OpenItemReason =
  /** Paid after the order had expired: no voucher was given. */
  | 'payment-late'
  | 'payment-amount-differs'
  /** Two different payments for one order. */
  | 'payment-conflict'
  /** The company tells of money paid back to the customer. */
  | 'payment-refunded'
  /** The company could not pay back what it was asked to. */
  | 'refund-failed'
  | 'payment-without-sale'
  | 'sale-without-payment'
  /** Sale and payment share the order id, but not device, amount or currency. */
  | 'sale-differs-from-payment'
  /** The machine could not give what was paid for. */
  | 'paid-sale-failed'
  | 'no-agreement'
  | 'several-agreements'
  | 'agreement-refused'
  | 'posting-conflict'
  | 'posting-refused'

export type NewOpenItem = {
  operatorId: string
  reason: OpenItemReason
  deviceId: string | null
  saleId?: string
  orderId?: string
  amountMinor?: bigint | null
  currency?: string | null
}

/** Opens the item, or leaves the one that is there: at most one for a reason, sale and order. */
export async function openItem(tx: Tx, item: NewOpenItem): Promise<void> {
  await tx.query(
    `insert into open_items (operator_id, reason, device_id, sale_id, order_id, amount_minor,
       currency)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [
      item.operatorId,
      item.reason,
      item.deviceId,
      item.saleId ?? null,
      item.orderId ?? null,
      item.amountMinor ?? null,
      item.currency ?? null,
    ],
  )
}
