/**
 * Differences between our payments and the company's bills: each is an open item, and what a later
 * bill or message brings closes it by itself.
 */
import type { Tx } from '../../platform/db/db.ts'
import { DAY_MS } from '../payments/bill-calendar.ts'
import { REASONS } from './line.ts'

/** A payment that no bill has after so many days is missing; before, it may be in the next one. */
export const MISSING_AFTER_MS = 3 * DAY_MS

type ReadDay = { channel: string; day: string; at: Date; fromAt: Date; until: Date }

/** After a day's bills were taken over: what of that day does not fit. */
export async function openDifferences(tx: Tx, day: ReadDay): Promise<void> {
  await tx.query(
    `insert into open_items (operator_id, device_id, reason, order_id, amount_minor, currency)
     select l.operator_id, l.device_id, why.reason, l.order_id, l.amount_minor, l.currency
       from bill_lines l
       join unnest($3::text[], $4::text[]) why (fault, reason) on why.fault = l.fault
      where l.channel = $1 and l.day = $2
     on conflict do nothing`,
    [day.channel, day.day, Object.keys(REASONS), Object.values(REASONS)],
  )
  // Paid on that day and not in its bill, or in it without the movement.
  await tx.query(
    `insert into open_items (operator_id, device_id, reason, order_id, amount_minor, currency)
     select p.operator_id, p.device_id, 'settlement-cut-off', p.order_id, p.amount_minor, p.currency
       from payments p
      where p.channel = $1 and p.paid_at >= $2 and p.paid_at < $3
        and not exists (select from bill_lines l where l.order_id = p.order_id
          and l.fault is null and l.refund_id is null and l.fee_minor is not null)
        and not exists (select from bill_lines l where l.order_id = p.order_id
          and l.fault is not null)
     on conflict do nothing`,
    [day.channel, day.fromAt, day.until],
  )
}

/** Channels with lines that something learned since may mend. */
export async function channelsToMend(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ channel: string }>(
    `select distinct channel from bill_lines
      where fault = 'missing-ours'
         or fault is null and released_in is null and (fee_minor is null or refund_id is not null)`,
  )
  return rows.map(row => row.channel)
}

const MOST_ASKED = 100

/** Orders that a bill says were paid, of which we were not told. */
export async function ordersUntold(tx: Tx, channel: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct order_id as id from bill_lines l
      where channel = $1 and fault = 'missing-ours'
        and not exists (select from payments p where p.order_id = l.order_id)
      order by 1 limit $2`,
    [channel, MOST_ASKED],
  )
  return rows.map(row => row.id)
}

/** Takes up what was learned since: payments, movements, lines in later bills. */
export async function mendLines(tx: Tx, channel: string, now: Date): Promise<void> {
  await judgeAgain(tx, channel)
  await tx.query(
    `update bill_lines l set fee_minor = l.amount_minor - moved.net
       from (select business_id, sum(net_minor)::int8 as net from bill_movements
              where channel = $1 and business_id in (select moved_as from bill_lines
                where channel = $1 and fee_minor is null)
              group by business_id) moved
      where l.channel = $1 and l.fee_minor is null and moved.business_id = l.moved_as`,
    [channel],
  )
  await closeFound(tx, channel)
  await giveUpWaiting(tx, channel, now)
  await openRefunds(tx, channel, now)
}

/** Lines whose payment was told of since: the first settles it, the others say it again. */
async function judgeAgain(tx: Tx, channel: string): Promise<void> {
  await tx.query(
    `with told as (
       select l.*, row_number() over (partition by l.order_id, l.refund_id
                                      order by l.day, l.line_no) as nth,
              exists (select from bill_lines other where other.order_id = l.order_id
                and other.refund_id is not distinct from l.refund_id
                and other.fault is null) as settled
         from bill_lines l join payments p on p.order_id = l.order_id
        where l.channel = $1 and l.fault = 'missing-ours'
          and p.transaction_id = l.transaction_id and p.currency = l.currency
          and (l.refund_id is null and l.amount_minor = p.amount_minor
            or l.refund_id is not null and -l.amount_minor <= p.amount_minor)
     ), judged as (
       update bill_lines l
          set fault = case when told.settled or told.nth > 1 then 'duplicate' end
         from told
        where (l.operator_id, l.channel, l.day, l.line_no)
          = (told.operator_id, told.channel, told.day, told.line_no)
       returning l.*
     )
     insert into open_items (operator_id, device_id, reason, order_id, amount_minor, currency)
     select operator_id, device_id, $2, order_id, amount_minor, currency
       from judged where fault is not null on conflict do nothing`,
    [channel, REASONS.duplicate],
  )
}

/** Items whose payment a line has settled since. */
async function closeFound(tx: Tx, channel: string): Promise<void> {
  await tx.query(
    `update open_items i set closed_at = now()
       from bill_lines l
      where i.closed_at is null and i.order_id = l.order_id and i.operator_id = l.operator_id
        and l.channel = $1 and l.fault is null and l.refund_id is null
        and (i.reason = 'settlement-missing-ours'
          or i.reason in ('settlement-cut-off', 'settlement-missing-theirs')
            and l.fee_minor is not null)`,
    [channel],
  )
}

/** What was expected in the next bill, and was in none for days. */
async function giveUpWaiting(tx: Tx, channel: string, now: Date): Promise<void> {
  await tx.query(
    `with waited as (
       update open_items i set closed_at = now()
         from payments p
        where i.closed_at is null and i.reason = 'settlement-cut-off'
          and p.order_id = i.order_id and p.channel = $1 and p.paid_at < $2
       returning i.operator_id, i.device_id, i.order_id, i.amount_minor, i.currency
     )
     insert into open_items (operator_id, device_id, reason, order_id, amount_minor, currency)
     select operator_id, device_id, 'settlement-missing-theirs', order_id, amount_minor, currency
       from waited on conflict do nothing`,
    [channel, new Date(now.getTime() - MISSING_AFTER_MS)],
  )
}

/** Refunds in a bill that nobody has booked for days; those that were settled since are closed. */
async function openRefunds(tx: Tx, channel: string, now: Date): Promise<void> {
  await tx.query(
    `update open_items i set closed_at = now() from bill_lines l
      where i.closed_at is null and i.reason = 'settlement-status-differs'
        and i.order_id = l.order_id and l.channel = $1 and l.refund_id is not null
        and l.released_in is not null`,
    [channel],
  )
  await tx.query(
    `insert into open_items (operator_id, device_id, reason, order_id, amount_minor, currency)
     select operator_id, device_id, 'settlement-status-differs', order_id, amount_minor, currency
       from bill_lines
      where channel = $1 and refund_id is not null and fault is null and released_in is null
        and at < $2
     on conflict do nothing`,
    [channel, new Date(now.getTime() - MISSING_AFTER_MS)],
  )
}
