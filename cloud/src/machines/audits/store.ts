/** SQL of orders to read an audit: who asked, what is to be sent, what the machine answered. */
import type { AuditOrder } from '@tillproof/shared/api/audits.ts'
import type { Tx } from '../../platform/db/db.ts'

/** An order that nobody answers is sent no longer than this. */
export const ORDER_LIVES_MS = 3_600_000
const IS_OPEN = `outcome is null and at > now() - interval '${ORDER_LIVES_MS} milliseconds'`
const MOST = 100

/**
 * Id of the open order of this machine, a new one where there is none; undefined when the machine
 * is not this operator's, or is retired.
 */
export async function openOrder(
  tx: Tx,
  { operatorId, deviceId, userId }: { operatorId: string; deviceId: string; userId: string },
): Promise<string | undefined> {
  const owned = await tx.query(
    `select from devices where id = $1 and operator_id = $2 and status <> 'retired' for update`,
    [deviceId, operatorId],
  )
  if (owned.length === 0) return undefined
  const [open] = await tx.query<{ id: string }>(
    `select id from audit_orders where device_id = $1 and ${IS_OPEN} limit 1`,
    [deviceId],
  )
  if (open !== undefined) return open.id
  const [made] = await tx.query<{ id: string }>(
    `insert into audit_orders (operator_id, device_id, requested_by) values ($1, $2, $3)
     returning id`,
    [operatorId, deviceId, userId],
  )
  return made?.id
}

/** Newest first; with `id` that one alone. */
export async function listOrders(tx: Tx, deviceId: string, id?: string): Promise<AuditOrder[]> {
  const rows = await tx.query<{
    id: string
    at: Date
    email: string
    state: AuditOrder['state']
    epoch: number | null
    index: bigint | null
    reason: string | null
  }>(
    `select o.id, o.at, u.email, o.epoch, o.index, o.reason,
       coalesce(o.outcome, case when ${IS_OPEN} then 'ordered' else 'expired' end) as state
     from audit_orders o join users u on u.id = o.requested_by
     where o.device_id = $1 and ($2::uuid is null or o.id = $2)
     order by o.at desc, o.id limit ${MOST}`,
    [deviceId, id ?? null],
  )
  return rows.map(({ email: by, at, epoch, index, ...row }) => {
    const event = epoch === null || index === null ? null : { epoch, index: Number(index) }
    return { ...row, deviceId, by, at: at.toISOString(), event }
  })
}

/** Open orders: at once to machines that are connected, and to the others now and then. */
export async function ordersToSend(tx: Tx, againMs: number, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select o.id from audit_orders o join devices d on d.id = o.device_id
     where ${IS_OPEN} and d.status <> 'retired'
       and (o.sent_at is null or o.sent_at < d.connected_at
         or o.sent_at < now() - $1 * interval '1 millisecond')
     order by o.at limit $2`,
    [againMs, limit],
  )
  return rows.map(row => row.id)
}

/** The machine it is for, marked as sent; undefined when it was answered meanwhile. */
export async function takeOrder(tx: Tx, id: string): Promise<string | undefined> {
  const [row] = await tx.query<{ device_id: string }>(
    `update audit_orders set sent_at = now() where id = $1 and ${IS_OPEN} returning device_id`,
    [id],
  )
  return row?.device_id
}

export type AuditAnswer = {
  order: string
  outcome: 'read' | 'failed'
  index: number
  reason: string | null
}

/** The first answer counts, and a machine answers for itself alone. */
export async function setAnswered(
  tx: Tx,
  { deviceId, epoch }: { deviceId: string; epoch: number },
  { order, outcome, index, reason }: AuditAnswer,
): Promise<void> {
  await tx.query(
    `update audit_orders set outcome = $3, epoch = $4, index = $5, reason = $6
     where id::text = $1 and device_id = $2 and outcome is null`,
    [order, deviceId, outcome, epoch, index, reason],
  )
}
