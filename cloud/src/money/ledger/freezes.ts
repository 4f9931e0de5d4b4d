/**
 * Orders to freeze as the book's writer knows them: read with each batch, given their place in the
 * book by the batch that they begin or end with, and written with it behind its fence.
 */
import type { PlacedFreeze } from '@tillproof/shared/ledger/freeze.ts'
import type { Tx } from '../../platform/db/db.ts'

/** With the times from and until which it was ordered; the sooner of its term and its release. */
export type RecordedFreeze = PlacedFreeze & { fromMs: number; endsMs: number | null }

/**
 * The freezes of a batch whose first journal takes this place. What memory knows of a place comes
 * before what the database said: the batch that gave it may be on its way.
 */
export function placeFreezes(
  held: ReadonlyMap<string, PlacedFreeze>,
  orders: readonly RecordedFreeze[],
  { seq, atMs }: { seq: bigint; atMs: number },
): Map<string, PlacedFreeze> {
  const placed = orders.map(({ fromMs, endsMs, ...order }): [string, PlacedFreeze] => {
    const known = held.get(order.orderId)
    const isOver = endsMs !== null && endsMs <= atMs
    const fromSeq = known?.fromSeq ?? order.fromSeq ?? (fromMs <= atMs && !isOver ? seq : null)
    const untilSeq = known?.untilSeq ?? order.untilSeq ?? (isOver && fromSeq !== null ? seq : null)
    return [order.orderId, { ...order, fromSeq, untilSeq }]
  })
  return new Map(placed)
}

/** Those whose place memory did not know. */
export function newlyPlaced(
  held: ReadonlyMap<string, PlacedFreeze>,
  placed: ReadonlyMap<string, PlacedFreeze>,
): PlacedFreeze[] {
  return [...placed.values()].filter(({ orderId, fromSeq, untilSeq }) => {
    const known = held.get(orderId)
    return fromSeq !== (known?.fromSeq ?? null) || untilSeq !== (known?.untilSeq ?? null)
  })
}

const FREEZE = `
  select id as "orderId", party_id as "partyId", limit_minor as "limitMinor", currency,
         from_seq as "fromSeq", until_seq as "untilSeq", from_at as "fromAt",
         least(until, released_at) as "endsAt"
    from freeze_orders`
type Row = {
  orderId: string
  partyId: string
  limitMinor: bigint | null
  currency: string | null
  fromSeq: bigint | null
  untilSeq: bigint | null
  fromAt: Date
  endsAt: Date | null
}

/** Those that are not over. */
export async function readFreezes(tx: Tx, operatorId: string): Promise<RecordedFreeze[]> {
  const rows = await tx.query<Row>(
    `${FREEZE} where operator_id = $1 and until_seq is null order by id`,
    [operatorId],
  )
  return rows.map(toFreeze)
}

/** Those that have a place in the book, also when they are over. */
export async function readPlacedFreezes(tx: Tx, operatorId: string): Promise<PlacedFreeze[]> {
  const rows = await tx.query<Row>(
    `${FREEZE} where operator_id = $1 and from_seq is not null order by id`,
    [operatorId],
  )
  return rows.map(toFreeze)
}

export async function writeFreezes(
  tx: Tx,
  operatorId: string,
  placed: readonly PlacedFreeze[],
): Promise<void> {
  if (placed.length === 0) return
  await tx.query(
    `update freeze_orders f set from_seq = p.from_seq, until_seq = p.until_seq
       from unnest($2::uuid[], $3::int8[], $4::int8[]) p (id, from_seq, until_seq)
      where f.operator_id = $1 and f.id = p.id`,
    [
      operatorId,
      placed.map(each => each.orderId),
      placed.map(each => each.fromSeq),
      placed.map(each => each.untilSeq),
    ],
  )
}

const toFreeze = ({ limitMinor, currency, fromAt, endsAt, ...row }: Row): RecordedFreeze => ({
  ...row,
  limit: limitMinor === null || currency === null ? null : { amountMinor: limitMinor, currency },
  fromMs: fromAt.getTime(),
  endsMs: endsAt?.getTime() ?? null,
})
