/** SQL of booking refunds: which are due, in what turn, and what of a sale is left. */
import type { Tx } from '../../platform/db/db.ts'
import { PAYMENT_GRACE_MS } from '../attest/match.ts'
import { REFUND, type RefundRow } from './store.ts'

/** Succeeded or refused, and the book does not have it yet. */
export async function decidedRefunds(
  tx: Tx,
  operatorId: string,
  limit: number,
): Promise<RefundRow[]> {
  return tx.query<RefundRow>(
    `${REFUND} where r.operator_id = $1 and r.decided_at is not null and r.booked_at is null
      order by r.decided_at, r.id limit $2`,
    [operatorId, limit],
  )
}

/** Books with refunds to book, or with something to keep for what is owed. */
export async function booksToRefund(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    `select distinct operator_id from refunds where decided_at is not null and booked_at is null
      union select distinct operator_id from (${OWING}) o`,
  )
  return rows.map(row => row.operator_id)
}

/** What is owed, where the account that owes it has something to pay with. */
const OWING = `
  select o.operator_id, b.path as account, o.currency,
         o.credits_posted + o.debits_posted as turnover
    from accounts o
    join accounts b on b.operator_id = o.operator_id and b.currency = o.currency
                   and b.path = substr(o.path, 6)
   where o.path like 'owed:%' and o.credits_posted <> o.debits_posted
     and (o.path like 'owed:psp:%' and b.debits_posted > b.credits_posted
          or o.path not like 'owed:psp:%' and b.credits_posted > b.debits_posted)`

export type OwingAccount = {
  account: string
  currency: string
  turnoverMinor: bigint
  atMs: number
}

export async function owingAccounts(tx: Tx, operatorId: string): Promise<OwingAccount[]> {
  return tx.query<OwingAccount>(
    `select account, currency, turnover as "turnoverMinor",
            (extract(epoch from now()) * 1000)::int8::float8 as "atMs"
       from (${OWING}) o where operator_id = $1 order by account`,
    [operatorId],
  )
}

export type Placed =
  | { place: 'waits' | 'unsold' }
  | { place: 'sale'; saleId: string; beforeMinor: bigint }

/**
 * Fixes a refund's turn among those of its sale, so that each starts from what the one before has
 * left. One whose sale is not matched yet waits, until none can come any more.
 */
export async function placeRefund(tx: Tx, refund: RefundRow): Promise<Placed> {
  await tx.query('select from orders where id = $1 for update', [refund.orderId])
  const [order] = await tx.query<{
    isPaid: boolean
    isOver: boolean
    saleId: string | null
    isCleared: boolean
    isRefused: boolean
    amountMinor: bigint | null
  }>(
    `select exists (select from payments p where p.order_id = o.id) as "isPaid",
            coalesce(o.voucher_expires_at, o.paid_at) + $2 * interval '1 millisecond' < now()
              as "isOver",
            s.id as "saleId", m.cleared_at is not null as "isCleared",
            m.refused_at is not null as "isRefused", s.amount_minor as "amountMinor"
       from orders o
       left join (matches m join sales s using (operator_id, device_id, epoch, open_index))
         on m.order_id = o.id
      where o.id = $1`,
    [refund.orderId, PAYMENT_GRACE_MS],
  )
  if (order === undefined || !order.isPaid) return { place: 'waits' }
  if (BOUGHT_NOTHING.has(refund.cause)) return { place: 'unsold' }
  const { saleId, amountMinor } = order
  if (saleId === null || amountMinor === null) {
    const isForSale = refund.saleId !== null || UNASKED.has(refund.cause)
    return { place: isForSale && !order.isOver ? 'waits' : 'unsold' }
  }
  if (order.isRefused) return { place: 'unsold' }
  if (refund.saleId === null && !UNASKED.has(refund.cause)) return { place: 'unsold' }
  return order.isCleared ? inTurn(tx, refund, saleId, amountMinor) : { place: 'waits' }
}

const BOUGHT_NOTHING = new Set(['paid-late', 'sale-failed', 'no-sale', 'final-amount'])
/** Told by the company, which knows of orders and not of sales. */
const UNASKED = new Set(['company', 'chargeback'])

async function inTurn(
  tx: Tx,
  { id, amountMinor }: RefundRow,
  saleId: string,
  soldMinor: bigint,
): Promise<Placed> {
  const [others] = await tx.query<{ back: bigint; isMoving: boolean }>(
    `select coalesce(sum(amount_minor), 0)::int8 as back,
            coalesce(bool_or(booked_at is null), false) as "isMoving"
       from refunds where sale_id = $1 and id <> $2 and before_minor is not null`,
    [saleId, id],
  )
  const beforeMinor = soldMinor - (others?.back ?? 0n)
  if (others?.isMoving) return { place: 'waits' }
  if (beforeMinor >= amountMinor) {
    await tx.query('update refunds set sale_id = $2, before_minor = $3 where id = $1', [
      id,
      saleId,
      beforeMinor,
    ])
  }
  return { place: 'sale', saleId, beforeMinor }
}

/** The sale that a refund is to take back from, and what of it no other refund has claimed. */
export async function unbookedSale(
  tx: Tx,
  { id, orderId, saleId, cause }: RefundRow,
): Promise<{ saleId: string; leftMinor: bigint } | undefined> {
  if (saleId === null && !UNASKED.has(cause)) return undefined
  const [row] = await tx.query<{ saleId: string; leftMinor: bigint }>(
    `select s.id as "saleId", s.amount_minor - coalesce((select sum(r.amount_minor) from refunds r
              where r.sale_id = s.id and r.id <> $2 and r.state <> 'refused'), 0)::int8
              as "leftMinor"
       from matches m join sales s using (operator_id, device_id, epoch, open_index)
      where m.order_id = $1 and m.cleared_at is not null`,
    [orderId, id],
  )
  return row
}

export async function setBooked(tx: Tx, id: string): Promise<void> {
  await tx.query('update refunds set booked_at = now() where id = $1', [id])
}
