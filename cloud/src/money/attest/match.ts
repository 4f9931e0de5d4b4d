/**
 * Matching: a machine's sale and a payment meet by exact order id, on the same device, for no more
 * than was paid: of a deposit the rest goes back to the customer. Each is used once. What does not
 * meet becomes an open item after its grace.
 */
import type { Tx } from '../../platform/db/db.ts'
import { REASONS } from '../refunds/refund.ts'

/** A payment may be told late and a machine may be offline: items open only after these. */
export const SALE_GRACE_MS = 60_000
export const PAYMENT_GRACE_MS = 600_000
/** Longer than any service lasts: a machine that has told no end by then is not going to. */
export const UNFINISHED_GRACE_MS = 86_400_000

/** Of the payment `p`: what is left for a sale, after what goes back without one. */
const LEFT_FOR_SALE = `p.amount_minor - coalesce((select sum(r.amount_minor) from refunds r
      where r.order_id = p.order_id and r.sale_id is null and r.state <> 'refused'
        and (r.cause not in ('company', 'chargeback') or r.booked_at is not null)), 0)::int8`

type Counted = { matched: bigint }

/** Matches all that can be matched in one book; answers how many new matches there are. */
export async function matchBook(tx: Tx, operatorId: string): Promise<bigint> {
  const [row] = await tx.query<Counted>(
    `with met as (
       insert into matches (operator_id, device_id, epoch, open_index, order_id)
       select distinct on (o.id) s.operator_id, s.device_id, s.epoch, s.open_index, o.id
         from orders o
         join payments p on p.order_id = o.id
         join sales s on s.order_id = o.id and s.operator_id = o.operator_id
        where o.operator_id = $1 and o.state = 'paid' and o.matched_at is null
          and s.state = 'succeeded' and s.device_id = o.device_id
          and s.currency = p.currency and s.amount_minor between 1 and ${LEFT_FOR_SALE}
        order by o.id, s.epoch, s.open_index
       on conflict do nothing
       returning operator_id, order_id, device_id, epoch, open_index
     ), rest as (
       insert into refunds (id, operator_id, device_id, order_id, channel, amount_minor, currency,
         cause, reason, state)
       select gen_random_uuid(), p.operator_id, p.device_id, p.order_id, p.channel,
              ${LEFT_FOR_SALE} - s.amount_minor, p.currency, 'final-amount', $2, 'requested'
         from met
         join payments p using (order_id)
         join sales s on s.operator_id = met.operator_id and s.device_id = met.device_id
                     and s.epoch = met.epoch and s.open_index = met.open_index
        where s.amount_minor < ${LEFT_FOR_SALE}
     ), marked as (
       update orders set matched_at = now() from met where orders.id = met.order_id
     ), closed as (
       update open_items i
          set closed_at = now(), step_by = null, step_reason = 'matched', step_note = null
         from met
        where i.operator_id = $1 and i.closed_at is null
          and (i.reason = 'payment-without-sale' and i.order_id = met.order_id
            or i.reason = 'sale-without-payment'
              and i.sale_id = met.device_id || '.' || met.epoch || '.' || met.open_index)
     )
     select count(*) as matched from met`,
    [operatorId, REASONS['final-amount']],
  )
  return row?.matched ?? 0n
}

/** Books with something to match, clear or open an item for. */
export async function booksToMatch(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    `select distinct o.operator_id
       from orders o join sales s on s.order_id = o.id join payments p on p.order_id = o.id
      where o.state = 'paid' and o.matched_at is null and s.state = 'succeeded'
        and s.device_id = o.device_id and s.currency = p.currency
        and s.amount_minor between 1 and ${LEFT_FOR_SALE}
        and not exists (select from matches m where m.operator_id = s.operator_id
          and m.device_id = s.device_id and m.epoch = s.epoch and m.open_index = s.open_index)`,
  )
  return rows.map(row => row.operator_id)
}

/** Opens items for what has stood alone longer than its grace. */
export async function openUnmatched(tx: Tx): Promise<void> {
  await openPayments(tx)
  await openSales(tx)
}

/**
 * Paid orders: the machine failed the sale, reported another one, reported none or one of nothing,
 * never told the end of it, or sold after the payment had gone back to the customer. What another
 * operator's machine says of an order is its own book's trouble.
 */
async function openPayments(tx: Tx): Promise<void> {
  await tx.query(
    `insert into open_items (operator_id, device_id, reason, sale_id, order_id, amount_minor,
       currency)
     select o.operator_id, o.device_id,
            case when s.id is null or s.state = 'open' or s.amount_minor = 0
                      then 'payment-without-sale'
                 when s.state = 'failed' then 'paid-sale-failed'
                 when s.amount_minor <= p.amount_minor and s.device_id = o.device_id
                  and s.currency = p.currency then 'sale-after-refund'
                 else 'sale-differs-from-payment' end,
            s.id, o.id, o.amount_minor, o.currency
       from orders o join payments p on p.order_id = o.id
       left join sales s on s.order_id = o.id and s.operator_id = o.operator_id
      where o.state = 'paid' and o.matched_at is null
        and (s.id is not null or ${LEFT_FOR_SALE} > 0)
        and (s.id is null and coalesce(o.voucher_expires_at, o.paid_at)
               < now() - $1 * interval '1 millisecond'
             or s.state = 'open' and o.paid_at < now() - $2 * interval '1 millisecond'
             or s.state = 'failed'
             or s.state = 'succeeded' and ((s.device_id, s.currency)
                  is distinct from (o.device_id, p.currency)
                or s.amount_minor not between 1 and ${LEFT_FOR_SALE}))
     on conflict do nothing`,
    [PAYMENT_GRACE_MS, UNFINISHED_GRACE_MS],
  )
}

/**
 * Sales of the last month that nobody is known to have paid for; a second sale on an order that
 * paid for another one is such a sale too. What was paid with coins or at a reader of somebody
 * else, no order could pay for.
 */
async function openSales(tx: Tx): Promise<void> {
  await tx.query(
    `insert into open_items (operator_id, device_id, reason, sale_id, order_id, amount_minor,
       currency)
     select s.operator_id, s.device_id, 'sale-without-payment', s.id, o.id, s.amount_minor,
            s.currency
       from sales s left join orders o on o.id = s.order_id and o.operator_id = s.operator_id
      where s.state = 'succeeded' and s.amount_minor > 0 and s.tender is null
        and s.decided_at > now() - interval '31 days'
        and s.decided_at < now() - $1 * interval '1 millisecond'
        and (o.id is null or o.state <> 'paid' or o.matched_at is not null)
        and not exists (select from matches m where m.operator_id = s.operator_id
          and m.device_id = s.device_id and m.epoch = s.epoch and m.open_index = s.open_index)
        and not exists (select from open_items i where i.operator_id = s.operator_id
          and i.reason = 'sale-without-payment' and i.sale_id = s.id)
     on conflict do nothing`,
    [SALE_GRACE_MS],
  )
}
