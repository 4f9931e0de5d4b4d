/**
 * A small world for tests of money and lending: an operator, a lender, a site, their users, and
 * machines with sales as ingest would have written them. Rows are made as the system.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '../platform/db/db.ts'
import type { Session } from '../platform/http/route.ts'

export type World = {
  operator: string
  lender: string
  site: string
  /** A user of each organisation, by organisation id. */
  users: Record<string, string>
  devices: [string, string, string]
}

export async function makeWorld(db: Db): Promise<World> {
  const [operator, lender, site] = [randomUUID(), randomUUID(), randomUUID()]
  const users = { [operator]: randomUUID(), [lender]: randomUUID(), [site]: randomUUID() }
  const devices: World['devices'] = [newDeviceId(), newDeviceId(), newDeviceId()]
  await db.withSystem(async tx => {
    for (const [id, kind] of [
      [operator, 'operator'],
      [lender, 'lender'],
      [site, 'site'],
    ] as const) {
      const user = users[id]
      await tx.query('insert into organisations (id, name, kind) values ($1, $2, $3)', [
        id,
        `${kind} ${id}`,
        kind,
      ])
      await tx.query(
        `insert into users (id, organisation_id, email, name, role, password_hash)
         values ($1, $2, $3, 'Test', 'admin', 'x')`,
        [user, id, `${user}@example.test`],
      )
    }
  })
  for (const device of devices) await addDevice(db, operator, device)
  return { operator, lender, site, users, devices }
}

/** A machine id no test has used before. */
export const newDeviceId = (): string => `d${randomBytes(6).toString('hex')}`

export async function addDevice(db: Db, operator: string, device: string): Promise<void> {
  await db.withSystem(async tx => {
    await tx.query(
      `insert into devices (id, operator_id, label, kind, site, model, controller_serial, epoch)
       values ($1, $2, $3, 'vending', 'Hall 1', 'test', 'test', 1)`,
      [device, operator, `Machine ${device}`],
    )
    await tx.query(
      `insert into device_heads (operator_id, device_id, epoch, origin, evidence_key, peaks, root)
       values ($1, $2, 1, $3, $4, ''::bytea, $5)`,
      [operator, device, `test/d/${device}/1`, randomBytes(32), Buffer.alloc(32)],
    )
  })
}

/** Lets another organisation see all machines of the operator. */
export async function grant(
  db: Db,
  world: World,
  grantee: string,
  scope: 'monitor' | 'finance',
): Promise<void> {
  await db.withSystem(tx =>
    tx.query(
      `insert into grants (operator_id, grantee_id, scope, created_by) values ($1, $2, $3, $4)`,
      [world.operator, grantee, scope, world.users[world.operator]],
    ),
  )
}

export type TestSale = {
  device: string
  index: number
  amountMinor: bigint
  orderId?: string | null
  currency?: string
  state?: 'open' | 'succeeded' | 'failed'
  at?: Date
  presumed?: boolean
  tender?: 'cash' | 'reader'
}

/** One sale as ingest extracts it from a machine's events; answers its id. */
export async function addSale(db: Db, operator: string, sale: TestSale): Promise<string> {
  const at = sale.at ?? new Date()
  const state = sale.state ?? 'succeeded'
  await db.withSystem(tx =>
    tx.query(
      `insert into sales (operator_id, device_id, epoch, open_index, item, amount_minor, currency,
         order_id, state, presumed, opened_at, decided_at, tender)
       values ($1, $2, 1, $3, 'A3', $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        operator,
        sale.device,
        sale.index,
        sale.amountMinor,
        sale.currency ?? 'CNY',
        sale.orderId ?? null,
        state,
        sale.presumed ?? false,
        at,
        state === 'open' ? null : at,
        sale.tender ?? null,
      ],
    ),
  )
  return `${sale.device}.1.${sale.index}`
}

/** An order that the sandbox company was paid for, as notification and payment leave it. */
export async function addPaidOrder(
  db: Db,
  operator: string,
  device: string,
  amountMinor: bigint,
  paidAt: Date = new Date(),
  id: string = randomUUID(),
): Promise<string> {
  const created = new Date(paidAt.getTime() - 1000)
  const until = new Date(paidAt.getTime() + 600_000)
  await db.withSystem(async tx => {
    await tx.query(
      `insert into orders (id, operator_id, device_id, channel, amount_minor, currency, item,
         delivery, state, created_at, expires_at, paid_at, voucher, voucher_expires_at)
       values ($1, $2, $3, 'sandbox', $4, 'CNY', 'A3', 'scanner', 'paid', $5, $6, $7, 'v', $6)`,
      [id, operator, device, amountMinor, created, until, paidAt],
    )
    await tx.query(
      `with message as (
         insert into payment_messages (channel, source, message_id, body_hash, body, headers, salt)
         values ('sandbox', 'notification', $1::text, $6, '{}', '{}', $7) returning id
       )
       insert into payments (order_id, operator_id, device_id, channel, transaction_id,
         amount_minor, currency, paid_at, message_id)
       select $1::uuid, $2, $3, 'sandbox', $1::text, $4, 'CNY', $5, id from message`,
      [id, operator, device, amountMinor, paidAt, randomBytes(32), randomBytes(16)],
    )
  })
  return id
}

/** The session of an organisation's user, as the API sees it. */
export const sessionOf = (
  world: World,
  organisationId: string,
  kind: Session['organisation']['kind'],
): Session => ({
  userId: world.users[organisationId] ?? '',
  email: 'test@example.test',
  name: 'Test',
  role: 'admin',
  organisation: { id: organisationId, name: kind, kind },
})
