/** SQL of refunds: making them, what the company said of them, which are due. */
import type { Tx } from '../../platform/db/db.ts'
import type { RefundCause, RefundState } from './refund.ts'

export type RefundRow = {
  id: string
  operatorId: string
  deviceId: string
  orderId: string
  channel: string
  saleId: string | null
  amountMinor: bigint
  currency: string
  cause: RefundCause
  reason: string
  state: RefundState
  companyId: string | null
  feeMinor: bigint
  detail: string | null
  requestedAt: Date
  decidedAt: Date | null
  beforeMinor: bigint | null
  bookedAt: Date | null
}
export type NewRefund = Pick<
  RefundRow,
  'id' | 'operatorId' | 'deviceId' | 'orderId' | 'channel' | 'amountMinor' | 'currency' | 'cause'
> &
  Pick<RefundRow, 'reason' | 'state'> & {
    saleId?: string | null
    companyId?: string
    feeMinor?: bigint
    askedBy?: string
  }

export const REFUND = `
  select r.id, r.operator_id as "operatorId", r.device_id as "deviceId", r.order_id as "orderId",
         r.channel, r.sale_id as "saleId", r.amount_minor as "amountMinor", r.currency, r.cause,
         r.reason, r.state, r.company_id as "companyId", r.fee_minor as "feeMinor", r.detail,
         r.requested_at as "requestedAt", r.decided_at as "decidedAt",
         r.before_minor as "beforeMinor", r.booked_at as "bookedAt"
    from refunds r`

export async function insertRefund(tx: Tx, refund: NewRefund): Promise<void> {
  await tx.query(
    `insert into refunds (id, operator_id, device_id, order_id, channel, sale_id, amount_minor,
       currency, cause, reason, asked_by, state, company_id, fee_minor, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
       case when $12 in ('succeeded', 'refused') then now() end)`,
    [
      refund.id,
      refund.operatorId,
      refund.deviceId,
      refund.orderId,
      refund.channel,
      refund.saleId ?? null,
      refund.amountMinor,
      refund.currency,
      refund.cause,
      refund.reason,
      refund.askedBy ?? null,
      refund.state,
      refund.companyId ?? null,
      refund.feeMinor ?? 0n,
    ],
  )
}

export async function findRefund(tx: Tx, id: string): Promise<RefundRow | undefined> {
  const [row] = await tx.query<RefundRow>(`${REFUND} where r.id = $1`, [id])
  return row
}

export async function lockRefund(tx: Tx, id: string): Promise<RefundRow | undefined> {
  const [row] = await tx.query<RefundRow>(`${REFUND} where r.id = $1 for update`, [id])
  return row
}

/** By our id, where it is one of ours, else by the company's own number. */
export async function lockTold(
  tx: Tx,
  told: { refundId: string; channel: string; companyId: string },
): Promise<RefundRow | undefined> {
  const [row] = await tx.query<RefundRow>(
    `${REFUND} where r.channel = $2 and (r.id = $1 or r.company_id = $3) for update`,
    [UUID.test(told.refundId) ? told.refundId : null, told.channel, told.companyId],
  )
  return row
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Locks a refund that is to be asked for or about, and notes the asking before it is done. */
export async function beginAsking(tx: Tx, id: string): Promise<RefundRow | undefined> {
  const row = await lockRefund(tx, id)
  await tx.query(
    `update refunds
        set asked_at = now(), state = case when state = 'requested' then 'submitted' else state end
      where id = $1 and decided_at is null`,
    [id],
  )
  return row
}

export async function setState(
  tx: Tx,
  id: string,
  state: RefundState,
  told: { companyId?: string; detail?: string; feeMinor?: bigint } = {},
): Promise<void> {
  await tx.query(
    `update refunds
        set state = $2, company_id = coalesce(company_id, $3), detail = coalesce($4, detail),
            fee_minor = coalesce($5, fee_minor),
            decided_at = case when $2 in ('succeeded', 'refused')
                         then case when state = $2 then decided_at else now() end end,
            booked_at = case when state = $2 then booked_at end
      where id = $1`,
    [id, state, told.companyId ?? null, told.detail?.slice(0, 400) ?? null, told.feeMinor ?? null],
  )
}

/** What of a payment may still go back: all of it, less each refund that was not refused. */
export async function leftOfPayment(tx: Tx, orderId: string): Promise<bigint | undefined> {
  const [row] = await tx.query<{ left: bigint }>(
    `select p.amount_minor - coalesce((select sum(r.amount_minor) from refunds r
              where r.order_id = p.order_id and r.state <> 'refused'), 0)::int8 as left
       from payments p where p.order_id = $1`,
    [orderId],
  )
  return row?.left
}

export type PaidPart = { transactionId: string; amountMinor: bigint; currency: string }

export async function findPaid(tx: Tx, orderId: string): Promise<PaidPart | undefined> {
  const [row] = await tx.query<PaidPart>(
    `select transaction_id as "transactionId", amount_minor as "amountMinor", currency
       from payments where order_id = $1`,
    [orderId],
  )
  return row
}

/** Whether the company paid all of this order back, or told so before it told of the payment. */
export async function isPaidBack(tx: Tx, orderId: string): Promise<boolean> {
  const rows = await tx.query(`select from refunds where order_id = $1 and state = 'succeeded'`, [
    orderId,
  ])
  return rows.length > 0
}

export type RefundPage = {
  /** null for those of all orders. */
  orderId: string | null
  before: { at: Date; id: string } | null
  limit: number
}

/** Newest first. */
export async function listRefunds(tx: Tx, page: RefundPage): Promise<RefundRow[]> {
  return tx.query<RefundRow>(
    `${REFUND}
      where ($1::timestamptz is null
         or (date_trunc('milliseconds', r.requested_at), r.id) < ($1, $2::uuid))
        and ($4::uuid is null or r.order_id = $4)
      order by date_trunc('milliseconds', r.requested_at) desc, r.id desc limit $3`,
    [page.before?.at ?? null, page.before?.id ?? null, page.limit, page.orderId],
  )
}

/** Sold and paid for by an order: what an operator may pay back. */
export type PaidSale = {
  saleId: string
  operatorId: string
  deviceId: string
  orderId: string
  channel: string
  state: 'open' | 'succeeded' | 'failed'
  currency: string
}

export async function findPaidSale(tx: Tx, saleId: string): Promise<PaidSale | undefined> {
  const [row] = await tx.query<PaidSale>(
    `select s.id as "saleId", s.operator_id as "operatorId", s.device_id as "deviceId",
            p.order_id as "orderId", p.channel, s.state, p.currency
       from sales s
       join payments p on p.order_id = s.order_id and p.operator_id = s.operator_id
                      and p.device_id = s.device_id
      where s.id = $1`,
    [saleId],
  )
  return row
}

export async function isSale(tx: Tx, saleId: string): Promise<boolean> {
  return (await tx.query('select from sales where id = $1', [saleId])).length > 0
}

/**
 * To be asked for now, or asked about again: at first after a pause, later after a twentieth of its
 * age. A chargeback is told by the company alone.
 */
export async function refundsToAsk(tx: Tx, pauseMs: number, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from refunds
      where state in ('requested', 'submitted', 'unknown', 'abnormal')
        and (cause not in ('company', 'chargeback') or state = 'requested')
        and (asked_at is null
             or asked_at < now() - least(interval '1 hour',
                  greatest($1 * interval '1 millisecond', (now() - requested_at) / 20)))
      order by asked_at nulls first limit $2`,
    [pauseMs, limit],
  )
  return rows.map(row => row.id)
}
