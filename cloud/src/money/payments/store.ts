/** SQL of orders, of what payment companies said, and of payments. */
import type { Tx } from '../../platform/db/db.ts'
import type { PaidFact, SignedMessage } from './channel.ts'
import type { OrderState, PayableOrder } from './payment.ts'

export type Delivery = 'scanner' | 'downlink'
export type NewOrderRow = {
  id: string
  operatorId: string
  deviceId: string
  channel: string
  amountMinor: bigint
  currency: string
  item: string
  delivery: Delivery
  createdAt: Date
  expiresAt: Date
}
export type OrderRow = Omit<NewOrderRow, 'createdAt' | 'expiresAt'> &
  PayableOrder & {
    payUrl: string | null
    voucher: string | null
    voucherExpiresAt: Date | null
    /** Whether the machine has reported a sale for it. */
    seen: boolean
  }

const ORDER = `
  select o.id, o.operator_id as "operatorId", o.device_id as "deviceId", o.channel,
         o.amount_minor as "amountMinor", o.currency, o.item, o.delivery, o.state,
         o.pay_url as "payUrl", o.voucher, o.voucher_expires_at as "voucherExpiresAt",
         (extract(epoch from o.expires_at) * 1000)::float8 as "expiresAtMs",
         exists (select from sales s
                  where s.order_id = o.id and s.device_id = o.device_id) as seen
    from orders o`

export async function findOrder(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(`${ORDER} where o.id = $1`, [id])
  return row
}

export async function lockOrder(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(`${ORDER} where o.id = $1 for update of o`, [id])
  return row
}

export type OrderTarget = { operatorId: string; status: string }

/** Whose machine it is. */
export async function findTarget(tx: Tx, deviceId: string): Promise<OrderTarget | undefined> {
  const [row] = await tx.query<OrderTarget>(
    `select operator_id as "operatorId", status from devices where id = $1`,
    [deviceId],
  )
  return row
}

/** Which of these orders still wait to be paid, oldest first. */
export async function unpaidOf(tx: Tx, ids: readonly string[]): Promise<string[]> {
  return idsOf(
    await tx.query(
      `select id from orders
        where id = any ($1) and state = 'created' and expires_at > now()
        order by created_at, id`,
      [ids],
    ),
  )
}

export async function insertOrder(tx: Tx, order: NewOrderRow): Promise<void> {
  await tx.query(
    `insert into orders (id, operator_id, device_id, channel, amount_minor, currency, item,
       delivery, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      order.id,
      order.operatorId,
      order.deviceId,
      order.channel,
      order.amountMinor,
      order.currency,
      order.item,
      order.delivery,
      order.createdAt,
      order.expiresAt,
    ],
  )
}

export async function setPayUrl(tx: Tx, id: string, payUrl: string): Promise<void> {
  await tx.query('update orders set pay_url = $2 where id = $1', [id, payUrl])
}

/** Ends an order that was not paid; one that was meanwhile stays paid. */
export async function endOrder(
  tx: Tx,
  id: string,
  state: Extract<OrderState, 'failed' | 'expired'>,
): Promise<void> {
  await tx.query(`update orders set state = $2 where id = $1 and state = 'created'`, [id, state])
}

export async function setPaid(
  tx: Tx,
  id: string,
  paidAt: Date,
  voucher: { text: string; expiresAt: Date } | null,
): Promise<void> {
  await tx.query(
    `update orders set state = 'paid', paid_at = $2, voucher = $3, voucher_expires_at = $4
      where id = $1`,
    [id, paidAt, voucher?.text ?? null, voucher?.expiresAt ?? null],
  )
}

export type NewMessage = SignedMessage & {
  channel: string
  source: 'notification' | 'query'
  bodyHash: Uint8Array
  salt: Uint8Array
}
export type StoredMessage = {
  id: string
  channel: string
  body: Buffer
  salt: Buffer
  processed: boolean
}

/** Keeps a verified message; the same one again is counted, not kept twice. Answers its id. */
export async function storeMessage(tx: Tx, message: NewMessage): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    `insert into payment_messages (channel, source, message_id, body_hash, body, headers, salt)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (channel, message_id, body_hash)
       do update set deliveries = payment_messages.deliveries + 1
     returning id`,
    [
      message.channel,
      message.source,
      message.messageId,
      message.bodyHash,
      message.body,
      JSON.stringify(message.headers),
      message.salt,
    ],
  )
  return row?.id ?? ''
}

export async function lockMessage(tx: Tx, id: string): Promise<StoredMessage | undefined> {
  const [row] = await tx.query<StoredMessage>(
    `select id, channel, body, salt, processed_at is not null as processed
       from payment_messages where id = $1 for update`,
    [id],
  )
  return row
}

export async function setProcessed(tx: Tx, id: string, outcome: string): Promise<void> {
  await tx.query('update payment_messages set processed_at = now(), outcome = $2 where id = $1', [
    id,
    outcome,
  ])
}

/** The payment of this order, else the one that this transaction is recorded for. */
export async function findPayment(
  tx: Tx,
  order: { id: string; channel: string },
  transactionId: string,
): Promise<PaidFact | undefined> {
  const [row] = await tx.query<Omit<PaidFact, 'paidAtMs'> & { paidAt: Date }>(
    `select order_id as "orderId", transaction_id as "transactionId",
            amount_minor as "amountMinor", currency, paid_at as "paidAt"
       from payments where order_id = $1 or (channel = $2 and transaction_id = $3)
      order by order_id = $1 desc limit 1`,
    [order.id, order.channel, transactionId],
  )
  if (row === undefined) return undefined
  const { paidAt, ...fact } = row
  return { ...fact, paidAtMs: paidAt.getTime() }
}

export async function insertPayment(
  tx: Tx,
  order: OrderRow,
  fact: PaidFact,
  messageId: string,
): Promise<void> {
  await tx.query(
    `insert into payments (order_id, operator_id, device_id, channel, transaction_id,
       amount_minor, currency, paid_at, message_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      order.id,
      order.operatorId,
      order.deviceId,
      order.channel,
      fact.transactionId,
      fact.amountMinor,
      fact.currency,
      new Date(fact.paidAtMs),
      messageId,
    ],
  )
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(row => row.id)

/** Messages that were stored and not yet acted upon. */
export async function unprocessedMessages(tx: Tx, limit: number): Promise<string[]> {
  return idsOf(
    await tx.query(
      `select id from payment_messages where processed_at is null order by received_at limit $1`,
      [limit],
    ),
  )
}

/** Unpaid orders to ask the company about: a while after the last time, oldest first. */
export async function ordersToAsk(tx: Tx, afterMs: number, limit: number): Promise<string[]> {
  return idsOf(
    await tx.query(
      `select id from orders
        where state = 'created'
          and coalesce(asked_at, created_at) < now() - $1 * interval '1 millisecond'
        order by created_at limit $2`,
      [afterMs, limit],
    ),
  )
}

export async function setAsked(tx: Tx, id: string): Promise<void> {
  await tx.query('update orders set asked_at = now() where id = $1', [id])
}

/** Paid orders whose voucher has to go down (again): the machine has not reported a sale yet. */
export async function vouchersToSend(tx: Tx, everyMs: number, limit: number): Promise<string[]> {
  return idsOf(
    await tx.query(
      `select id from orders o
        where state = 'paid' and matched_at is null and delivery = 'downlink'
          and voucher_expires_at > now()
          and coalesce(voucher_sent_at, '-infinity') < now() - $1 * interval '1 millisecond'
          and not exists (select from sales s
                           where s.order_id = o.id and s.device_id = o.device_id)
        order by paid_at limit $2`,
      [everyMs, limit],
    ),
  )
}

export async function setVoucherSent(tx: Tx, id: string): Promise<void> {
  await tx.query('update orders set voucher_sent_at = now() where id = $1', [id])
}
