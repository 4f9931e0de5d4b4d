/** SQL of visits: what was found and filled in, what was sold in between, doors that were moved. */
import type { NewStockVisit } from '@tillproof/shared/api/stock.ts'
import type { StockLine, StockVisit } from '@tillproof/shared/attest/stock.ts'
import type { Tx } from '../../platform/db/db.ts'

export type Visit = StockVisit & {
  id: string
  operatorId: string
  deviceId: string
  at: Date
  visitor: string
  statedAt: Date
  lookedAt: Date | null
}

/** Enough for years; what lies before them is settled. */
const MOST_VISITS = 200

type Row = Omit<Visit, 'lines' | 'sold'> & {
  lines: StockLine[]
  sold: { slot: string; pieces: number }[]
}

/** Of one machine, oldest first. */
export async function readVisits(tx: Tx, deviceId: string): Promise<Visit[]> {
  const rows = await tx.query<Row>(
    `select v.*, lines.lines, sold.sold
       from (
         select id, operator_id as "operatorId", device_id as "deviceId", at, visitor,
                stated_at as "statedAt", looked_at as "lookedAt",
                lag(at) over (order by at) as before
           from stock_visits where device_id = $1 order by at desc limit $2) v
       cross join lateral (
         select json_agg(json_build_object('slot', slot, 'counted', counted, 'added', added,
                  'removed', removed) order by slot) as lines
           from stock_lines l where l.visit_id = v.id) lines
       cross join lateral (
         select coalesce(json_agg(json_build_object('slot', item, 'pieces', pieces)), '[]') as sold
           from (select item, count(*)::int4 as pieces from sales s
                  where s.device_id = $1 and s.state = 'succeeded' and s.item is not null
                    and s.opened_at > v.before and s.opened_at <= v.at
                  group by item) by_item) sold
      order by v.at`,
    [deviceId, MOST_VISITS],
  )
  return rows.map(({ sold, ...row }) => ({
    ...row,
    sold: new Map(sold.map(({ slot, pieces }) => [slot, pieces])),
  }))
}

export async function lastVisitAt(tx: Tx, deviceId: string): Promise<Date | undefined> {
  const [row] = await tx.query<{ at: Date }>(
    'select at from stock_visits where device_id = $1 order by at desc limit 1',
    [deviceId],
  )
  return row?.at
}

/** False where the machine is not the asking organisation's own. */
export async function insertVisit(
  tx: Tx,
  by: { id: string; deviceId: string; userId: string },
  visit: NewStockVisit,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into stock_visits (id, operator_id, device_id, at, visitor, stated_by)
     select $1, operator_id, id, $3, $4, $5
       from devices where id = $2 and operator_id = current_org() returning id`,
    [by.id, by.deviceId, new Date(visit.at), visit.visitor, by.userId],
  )
  if (rows.length === 0) return false
  await tx.query(
    `insert into stock_lines (visit_id, operator_id, device_id, slot, counted, added, removed)
     select v.id, v.operator_id, v.device_id, l.*
       from stock_visits v,
         unnest($2::text[], $3::int4[], $4::int4[], $5::int4[]) l
      where v.id = $1`,
    [
      by.id,
      visit.lines.map(line => line.slot),
      visit.lines.map(line => line.counted ?? null),
      visit.lines.map(line => line.added),
      visit.lines.map(line => line.removed),
    ],
  )
  return true
}

/**
 * Machines with visits that their logs reach to and that nobody looked at; those of the last
 * seventeen days are looked at again each day, because sales may be told so late.
 */
export async function machinesToLookAt(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct v.device_id as id
       from stock_visits v join device_heads h on h.device_id = v.device_id
      where h.last_event_at >= v.at
        and (v.looked_at is null
          or v.looked_at < now() - interval '1 day' and v.at > now() - interval '17 days')`,
  )
  return rows.map(row => row.id)
}

export type Surroundings = {
  /** The machine had told of a door before. */
  hasDoor: boolean
  /** Times that one was moved around the visit, and what was sold then. */
  doorMoves: number
  sales: number
}

/** What the machine's own log says of the time around a visit. */
export async function surroundingsOf(
  tx: Tx,
  { deviceId, at }: Visit,
  within: { doorMs: number; salesMs: number },
): Promise<Surroundings> {
  const around = (column: string, ms: string) =>
    `${column} between $2::timestamptz - ${ms} * interval '1 millisecond'
       and $2::timestamptz + ${ms} * interval '1 millisecond'`
  const [row] = await tx.query<Surroundings>(
    `select exists (select from door_moves where device_id = $1 and at <= $2) as "hasDoor",
            (select count(*)::int4 from door_moves
              where device_id = $1 and ${around('at', '$3')}) as "doorMoves",
            (select count(*)::int4 from sales
              where device_id = $1 and state = 'succeeded'
                and ${around('opened_at', '$4')}) as sales`,
    [deviceId, at, within.doorMs, within.salesMs],
  )
  return row ?? { hasDoor: false, doorMoves: 0, sales: 0 }
}

export async function setLooked(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query('update stock_visits set looked_at = now() where id = any ($1::uuid[])', [ids])
}

/** How far the machine's log reaches. */
export async function toldUntil(tx: Tx, deviceId: string): Promise<Date | null> {
  const [row] = await tx.query<{ at: Date | null }>(
    'select max(last_event_at) as at from device_heads where device_id = $1',
    [deviceId],
  )
  return row?.at ?? null
}
