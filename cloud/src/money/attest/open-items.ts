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
  /** What the company says of a refund is not what was asked for, or of another payment. */
  | 'refund-differs'
  /** The customer's bank wants the money back: the company decides. */
  | 'payment-disputed'
  | 'payment-without-sale'
  | 'sale-without-payment'
  /** Sale and payment share the order id, but not device, amount or currency. */
  | 'sale-differs-from-payment'
  /** The machine sold on a payment that had gone back to the customer, or most of it. */
  | 'sale-after-refund'
  /** The machine could not give what was paid for. */
  | 'paid-sale-failed'
  | 'no-agreement'
  | 'several-agreements'
  | 'agreement-refused'
  | 'posting-conflict'
  | 'posting-refused'
  /** The company's bill has a payment that we were never told of. */
  | 'settlement-missing-ours'
  /** No bill of days has our payment. */
  | 'settlement-missing-theirs'
  /** The bill of its day does not have the payment, or not its money: the next one may. */
  | 'settlement-cut-off'
  | 'settlement-amount-differs'
  /** The company kept another fee than the agreement counts with. */
  | 'settlement-fee-differs'
  /** The bill has a refund that is booked nowhere. */
  | 'settlement-status-differs'
  /** A payment or a refund stands in a bill a second time. */
  | 'settlement-duplicate'
  /** What was frozen of a payment is not what splitting had left of it. */
  | 'frozen-amount-differs'
  /** Less, or more, was counted in a cash box than its sales come to. */
  | 'cash-short'
  | 'cash-over'

export type NewOpenItem = {
  operatorId: string
  reason: OpenItemReason
  deviceId: string | null
  saleId?: string
  orderId?: string | null
  /** What it is about, where that is neither a sale nor an order. */
  subject?: string
  amountMinor?: bigint | null
  currency?: string | null
}

/** Opens the item, or leaves the one that is there: at most one for a reason and matter. */
export async function openItem(tx: Tx, item: NewOpenItem): Promise<void> {
  await tx.query(
    `insert into open_items (operator_id, reason, device_id, sale_id, order_id, amount_minor,
       currency, subject)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [
      item.operatorId,
      item.reason,
      item.deviceId,
      item.saleId ?? null,
      item.orderId ?? null,
      item.amountMinor ?? null,
      item.currency ?? null,
      item.subject ?? null,
    ],
  )
}

/** Closes what is settled about an order. */
export async function closeItems(
  tx: Tx,
  orderId: string,
  reasons: readonly OpenItemReason[],
): Promise<void> {
  await tx.query(
    `update open_items set closed_at = now()
      where order_id = $1 and reason = any ($2::text[]) and closed_at is null`,
    [orderId, reasons],
  )
}

export type StandingItem = Required<
  Pick<NewOpenItem, 'operatorId' | 'deviceId' | 'subject' | 'amountMinor' | 'currency'>
> & {
  /** Which of these reasons stands now; null: none. */
  reason: OpenItemReason | null
  reasons: readonly OpenItemReason[]
  /** What the others are closed by. */
  settledBy: string
}

/**
 * Leaves open what stands of one subject. An amount that changed is news, also where a person had
 * closed the item.
 */
export async function standingItem(tx: Tx, item: StandingItem): Promise<void> {
  const { operatorId, subject, reason, reasons, settledBy } = item
  await tx.query(
    `update open_items set closed_at = now(), step_by = null, step_reason = $4, step_note = null
      where operator_id = $1 and subject = $2 and reason = any ($3::text[])
        and reason is distinct from $5 and closed_at is null`,
    [operatorId, subject, reasons, settledBy, reason],
  )
  if (reason === null) return
  await tx.query(
    `insert into open_items as i (operator_id, reason, device_id, subject, amount_minor, currency)
     values ($1, $2, $3, $4, $5, $6)
     on conflict on constraint open_items_once do update
       set amount_minor = excluded.amount_minor, closed_at = null, step_by = null,
           step_reason = 'changed', step_note = null
     where i.amount_minor <> excluded.amount_minor or i.step_reason = $7`,
    [operatorId, reason, item.deviceId, subject, item.amountMinor, item.currency, settledBy],
  )
}
