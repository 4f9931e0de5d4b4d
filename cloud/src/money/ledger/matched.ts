/** SQL of the sales that wait to be cleared, and of marking them when they are. */
import type { Tx } from '../../platform/db/db.ts'
import { type OpenItemReason, openItem } from '../attest/open-items.ts'

export type MatchedSale = {
  saleId: string
  deviceId: string
  /** Null where it was paid in cash. */
  orderId: string | null
  channel: string
  amountMinor: bigint
  currency: string
  /** Slot, programme or tariff, as the machine stated it. */
  item: string | null
  /** The sale's own time: as the machine tells it, within what its payment allows. */
  at: Date
  /** When it was matched, to the microsecond, as PostgreSQL writes it. */
  matchedAt: string
}

/**
 * The time of a sale decides under which agreement it is split, and a machine's clock is in its
 * operator's hands or may have stopped: so a sale counts as made no earlier than its payment, by
 * the company's clock, and no later than its voucher's end.
 */
export const MATCHED_SALE = `
  select s.id as "saleId", m.device_id as "deviceId", m.order_id as "orderId", p.channel,
         s.amount_minor as "amountMinor", p.currency, s.item,
         greatest(p.paid_at,
           least(s.opened_at, coalesce(o.voucher_expires_at, p.paid_at))) as at,
         m.matched_at::text as "matchedAt"
    from matches m
    join sales s using (operator_id, device_id, epoch, open_index)
    join payments p on p.order_id = m.order_id
    join orders o on o.id = m.order_id`

/**
 * Of a sale paid in cash, in the columns of a matched one. Nobody but the machine tells its time;
 * it is no later than the cloud heard of it.
 */
export const CASH_SALE = `
  select c.sale_id as "saleId", c.device_id as "deviceId", null::uuid as "orderId",
         'cash' as channel, c.amount_minor as "amountMinor", c.currency, s.item, c.at,
         c.heard_at::text as "matchedAt"
    from cash_sales c join sales s using (operator_id, device_id, epoch, open_index)`

/** Matched and not cleared, oldest match first; of those only what comes after `last`. */
export async function unclearedSales(
  tx: Tx,
  operatorId: string,
  limit: number,
  last?: MatchedSale,
): Promise<MatchedSale[]> {
  return tx.query<MatchedSale>(
    `${MATCHED_SALE}
      where m.operator_id = $1 and m.cleared_at is null and m.refused_at is null
        and (m.matched_at, s.id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4, ''))
      order by m.matched_at, s.id limit $2`,
    [operatorId, limit, last?.matchedAt ?? null, last?.saleId ?? null],
  )
}

/** The same of sales paid in cash, in the order in which they were heard of. */
export async function unclearedCash(
  tx: Tx,
  operatorId: string,
  limit: number,
  last?: MatchedSale,
): Promise<MatchedSale[]> {
  return tx.query<MatchedSale>(
    `${CASH_SALE}
      where c.operator_id = $1 and c.cleared_at is null and c.refused_at is null
        and (c.heard_at, c.sale_id) > (coalesce($3::timestamptz, '-infinity'), coalesce($4, ''))
      order by c.heard_at, c.sale_id limit $2`,
    [operatorId, limit, last?.matchedAt ?? null, last?.saleId ?? null],
  )
}

export async function booksToClear(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    `select operator_id from matches where cleared_at is null and refused_at is null
     union
     select operator_id from cash_sales where cleared_at is null and refused_at is null`,
  )
  return rows.map(row => row.operator_id)
}

/** What became of a sale, and the open item it leaves, if any. */
export type Settled = { sale: MatchedSale; cleared: boolean; item: OpenItemReason | null }

/** Marks after the posting is committed, and tells open dashboards. */
export async function markCleared(
  tx: Tx,
  operatorId: string,
  settled: readonly Settled[],
): Promise<void> {
  await markMatches(
    tx,
    operatorId,
    settled.filter(({ sale }) => sale.orderId !== null),
  )
  await markCash(
    tx,
    settled.filter(({ sale }) => sale.orderId === null),
  )
  for (const { sale, item } of settled) {
    if (item !== null) await openItem(tx, { operatorId, reason: item, ...sale })
  }
  await tx.query(
    `select notify_live($1, device_id, 'sale', jsonb_build_object('saleId', sale_id,
        'state', 'cleared'))
       from unnest($2::text[], $3::text[]) c (device_id, sale_id)`,
    [
      operatorId,
      settled.filter(each => each.cleared).map(each => each.sale.deviceId),
      settled.filter(each => each.cleared).map(each => each.sale.saleId),
    ],
  )
}

async function markMatches(tx: Tx, operatorId: string, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  await tx.query(
    `update matches m
        set cleared_at = case when s.cleared then now() end,
            refused_at = case when not s.cleared then now() end
       from unnest($2::uuid[], $3::bool[]) s (order_id, cleared)
      where m.operator_id = $1 and m.order_id = s.order_id`,
    [operatorId, settled.map(each => each.sale.orderId), settled.map(each => each.cleared)],
  )
}

async function markCash(tx: Tx, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  await tx.query(
    `update cash_sales c
        set cleared_at = case when s.cleared then now() end,
            refused_at = case when not s.cleared then now() end
       from unnest($1::text[], $2::bool[]) s (sale_id, cleared)
      where c.sale_id = s.sale_id`,
    [settled.map(each => each.sale.saleId), settled.map(each => each.cleared)],
  )
}
