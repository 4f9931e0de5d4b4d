/** SQL of orders to freeze: recorded and lifted by people, settled when nothing is left blocked. */
import type { FreezeOrderView } from '@tillproof/shared/api/freezes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import type { FreezeCause, FreezeOrder } from '@tillproof/shared/ledger/freeze.ts'
import type { Tx } from '../../platform/db/db.ts'

/** Whether an agreement of the book names the organisation. */
export async function isParty(tx: Tx, bookId: string, partyId: string): Promise<boolean> {
  const rows = await tx.query(
    'select from agreements where operator_id = $1 and $2 = any (party_ids) limit 1',
    [bookId, partyId],
  )
  return rows.length > 0
}

export async function insertOrder(
  tx: Tx,
  order: FreezeOrder,
  by: { userId: string; organisationId: string },
): Promise<void> {
  await tx.query(
    `insert into freeze_orders (id, operator_id, party_id, cause, document, limit_minor, currency,
       from_at, until, salt, ordered_by, ordered_for)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      order.orderId,
      order.bookId,
      order.partyId,
      order.cause,
      order.document,
      order.limit?.amountMinor ?? null,
      order.limit?.currency ?? null,
      new Date(order.fromMs),
      order.untilMs === null ? null : new Date(order.untilMs),
      order.salt,
      by.userId,
      by.organisationId,
    ],
  )
}

export type OrderRow = {
  id: string
  bookId: string
  partyId: string
  cause: FreezeCause
  document: string
  limitMinor: bigint | null
  currency: string | null
  from: Date
  until: Date | null
  salt: Buffer
  orderedFor: string
  orderedAt: Date
  releasedAt: Date | null
  releaseDocument: string | null
  fromSeq: bigint | null
  untilSeq: bigint | null
  settledAt: Date | null
  blocked: { currency: string; amountMinor: string }[]
}

const ORDER = `
  select o.id, o.operator_id as "bookId", o.party_id as "partyId", o.cause, o.document,
         o.limit_minor as "limitMinor", o.currency, o.from_at as "from", o.until, o.salt,
         o.ordered_for as "orderedFor", o.ordered_at as "orderedAt",
         o.released_at as "releasedAt", o.release_document as "releaseDocument",
         o.from_seq as "fromSeq", o.until_seq as "untilSeq", o.settled_at as "settledAt",
         coalesce((
           select json_agg(json_build_object('currency', a.currency,
                    'amountMinor', (a.credits_posted - a.debits_posted)::text) order by a.currency)
             from accounts a
            where a.operator_id = o.operator_id and a.path = 'party:' || o.party_id || ':blocked'
              and a.credits_posted <> a.debits_posted), '[]') as blocked
    from freeze_orders o`

/** Newest first, of one book or of all that the asker may see. */
export async function listOrders(tx: Tx, bookId: string | null): Promise<OrderRow[]> {
  return tx.query<OrderRow>(
    `${ORDER} where $1::uuid is null or o.operator_id = $1 order by o.ordered_at desc, o.id
      limit 1000`,
    [bookId],
  )
}

export async function findOrder(tx: Tx, id: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(`${ORDER} where o.id = $1`, [id])
  return row
}

/** False where it was lifted before. */
export async function setReleased(
  tx: Tx,
  id: string,
  by: { userId: string; document: string },
): Promise<boolean> {
  const rows = await tx.query(
    `update freeze_orders set released_at = now(), released_by = $2, release_document = $3
      where id = $1 and released_at is null returning id`,
    [id, by.userId, by.document],
  )
  return rows.length > 0
}

/** Orders whose time is over and of which money may be blocked still. */
export async function endedOrders(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from freeze_orders
      where settled_at is null and least(until, released_at) <= now()`,
  )
  return rows.map(row => row.id)
}

/** Currencies in which anything was ever blocked of the order's party. */
export async function blockedCurrencies(tx: Tx, { bookId, partyId }: OrderRow): Promise<string[]> {
  const rows = await tx.query<{ currency: string }>(
    `select currency from accounts
      where operator_id = $1 and path = 'party:' || $2::uuid || ':blocked' order by currency`,
    [bookId, partyId],
  )
  return rows.map(row => row.currency)
}

export async function setSettled(tx: Tx, id: string): Promise<void> {
  await tx.query('update freeze_orders set settled_at = now() where id = $1', [id])
}

export function toView(row: OrderRow): FreezeOrderView {
  const { limitMinor, currency } = row
  return {
    id: row.id,
    bookId: row.bookId,
    partyId: row.partyId,
    cause: row.cause,
    document: row.document,
    limit:
      limitMinor === null || currency === null
        ? null
        : { amountMinor: String(limitMinor), currency },
    from: row.from.toISOString(),
    until: row.until?.toISOString() ?? null,
    orderedAt: row.orderedAt.toISOString(),
    releasedAt: row.releasedAt?.toISOString() ?? null,
    releaseDocument: row.releaseDocument,
    state: stateOf(row),
    fromSeq: row.fromSeq?.toString() ?? null,
    untilSeq: row.untilSeq?.toString() ?? null,
    salt: toHex(row.salt),
    blocked: row.blocked,
  }
}

function stateOf({ settledAt, untilSeq, releasedAt, fromSeq }: OrderRow): FreezeOrderView['state'] {
  if (settledAt !== null) return 'released'
  if (untilSeq !== null || releasedAt !== null) return 'ended'
  return fromSeq === null ? 'recorded' : 'in-force'
}
