/** SQL of cross-checks: what is new in a log, the windows of its witness, what was told before. */
import type { Fix } from '@tillproof/shared/attest/places.ts'
import {
  agrees,
  type ClaimedSale,
  errorOf,
  type Reading,
  type Window,
} from '@tillproof/shared/attest/windows.ts'
import type { WatchedIncident } from '../../machines/incidents/incident.ts'
import { openWatched } from '../../machines/incidents/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { SinceDoor, WitnessedDay } from './cross-check.ts'
import { UNFINISHED_GRACE_MS } from './match.ts'

export type CheckedLog = {
  operatorId: string
  deviceId: string
  epoch: number
  profile: string | null
  /** Entries that the cloud holds, and how many of them were checked. */
  size: bigint
  checked: bigint
}

/** More of one kind are looked at in the next run. */
export const MOST_AT_ONCE = 5_000
const MOST_LOGS = 500

/** `<device>.<epoch>` of logs that have grown since they were checked. */
export async function logsToCheck(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select h.device_id || '.' || h.epoch as id
       from device_heads h left join cross_checks c using (operator_id, device_id, epoch)
      where h.size > coalesce(c.size, 0) order by h.received_at limit $1`,
    [MOST_LOGS],
  )
  return rows.map(row => row.id)
}

/** Two that check the same log do so one after the other. */
export async function lockCheck(tx: Tx, deviceId: string, epoch: number) {
  await tx.query(
    `insert into cross_checks (operator_id, device_id, epoch, size)
     select operator_id, device_id, epoch, 0 from device_heads
      where device_id = $1 and epoch = $2 on conflict do nothing`,
    [deviceId, epoch],
  )
  const [row] = await tx.query<CheckedLog>(
    `select h.operator_id as "operatorId", h.device_id as "deviceId", h.epoch, d.profile, h.size,
            c.size as checked
       from cross_checks c join device_heads h using (operator_id, device_id, epoch)
       join devices d on d.id = c.device_id
      where c.device_id = $1 and c.epoch = $2 for update of c`,
    [deviceId, epoch],
  )
  return row
}

export async function setChecked(tx: Tx, log: CheckedLog): Promise<void> {
  await tx.query(
    `update cross_checks set size = $4
      where operator_id = $1 and device_id = $2 and epoch = $3`,
    [log.operatorId, log.deviceId, log.epoch, log.size],
  )
}

const keyOf = ({ operatorId, deviceId, epoch }: CheckedLog) => [operatorId, deviceId, epoch]
const OF_LOG = 'operator_id = $1 and device_id = $2 and epoch = $3'

/**
 * From the end of the last window, as far as nothing is being sold. A sale whose end was never told
 * holds nothing up after its grace.
 */
export async function readingsToCut(tx: Tx, log: CheckedLog, meter: string): Promise<Reading[]> {
  const rows = await tx.query<{ index: bigint; value: string; at: Date }>(
    `select index, value::text, at from meters
      where ${OF_LOG} and name = $4
        and index >= coalesce((select max(to_index) from meter_windows
              where ${OF_LOG} and meter = $4), 0)
        and index < coalesce((select min(open_index) from sales
              where ${OF_LOG} and state = 'open'
                and opened_at > now() - $5 * interval '1 millisecond'), $6)
      order by index limit $7`,
    [...keyOf(log), meter, UNFINISHED_GRACE_MS, log.size, MOST_AT_ONCE],
  )
  return rows.map(row => ({
    index: Number(row.index),
    value: BigInt(row.value),
    atMs: row.at.getTime(),
  }))
}

/** Sales that were opened between two readings, and the last one before them. */
export async function claimedSales(tx: Tx, log: CheckedLog, from: Reading, to: Reading) {
  const rows = await tx.query<{ open: bigint; result: bigint; presumed: boolean }>(
    `select open_index as open, result_index as result, presumed from sales
      where ${OF_LOG} and state = 'succeeded' and result_index is not null
        and open_index between coalesce((select max(open_index) from sales
              where ${OF_LOG} and state = 'succeeded' and open_index < $4), $4) and $5
      order by open_index`,
    [...keyOf(log), from.index, to.index],
  )
  return rows.map(
    ({ open, result, presumed }): ClaimedSale => ({
      openIndex: Number(open),
      resultIndex: Number(result),
      presumed,
    }),
  )
}

export async function insertWindows(
  tx: Tx,
  log: CheckedLog,
  meter: string,
  windows: readonly Window[],
): Promise<void> {
  if (windows.length === 0) return
  await tx.query(
    `insert into meter_windows (operator_id, device_id, epoch, meter, from_index, to_index,
       value_before, value_after, from_at, to_at, rise, sales, presumed, agrees, error)
     select $1, $2, $3, $4, * from unnest($5::int8[], $6::int8[], $7::numeric[], $8::numeric[],
       $9::timestamptz[], $10::timestamptz[], $11::int8[], $12::int4[], $13::int4[], $14::bool[],
       $15::int8[])`,
    [
      ...keyOf(log),
      meter,
      windows.map(({ from }) => from.index),
      windows.map(({ to }) => to.index),
      windows.map(({ from }) => from.value),
      windows.map(({ to }) => to.value),
      windows.map(({ from }) => new Date(from.atMs)),
      windows.map(({ to }) => new Date(to.atMs)),
      windows.map(({ rise }) => rise),
      windows.map(({ sales }) => sales),
      windows.map(({ presumed }) => presumed),
      windows.map(agrees),
      windows.map(errorOf),
    ],
  )
}

export async function witnessedDays(
  tx: Tx,
  log: CheckedLog,
  meter: string,
): Promise<WitnessedDay[]> {
  const rows = await tx.query<Record<'from' | 'to' | 'sales' | 'error', bigint> & Values>(
    `select min(from_index) as from, max(to_index) as to, sum(sales)::int8 as sales,
            sum(error)::int8 as error,
            (array_agg(value_before order by from_index))[1]::text as before,
            (array_agg(value_after order by from_index desc))[1]::text as after
       from meter_windows where ${OF_LOG} and meter = $4
      group by date_trunc('day', to_at, 'UTC') order by 1`,
    [...keyOf(log), meter],
  )
  return rows.map(row => ({
    fromIndex: Number(row.from),
    toIndex: Number(row.to),
    valueBefore: BigInt(row.before),
    valueAfter: BigInt(row.after),
    sales: Number(row.sales),
    error: row.error,
  }))
}

type Values = { before: string; after: string }

/** Place of the last fall that the machine told itself; −1 for none. */
export async function fallsToldUntil(tx: Tx, log: CheckedLog): Promise<number> {
  const [row] = await tx.query<{ last: bigint | null }>(
    `select max((detail ->> 'lastIndex')::int8) as last from incidents
      where operator_id = $1 and device_id = $2 and (detail ->> 'epoch')::int4 = $3
        and kind = 'meter-epoch' and detail ? 'event'`,
    keyOf(log),
  )
  return Number(row?.last ?? -1)
}

/** Positions that were not looked at, with the last one that was. */
export async function newFixes(tx: Tx, log: CheckedLog): Promise<Fix[]> {
  const rows = await tx.query<{ index: bigint; lat: number; lon: number; at: Date }>(
    `select index, latitude_e7 as lat, longitude_e7 as lon, at from positions
      where ${OF_LOG} and index < $5 and index >= coalesce(
        (select max(index) from positions where ${OF_LOG} and index < $4), 0)
      order by index`,
    [...keyOf(log), log.checked, log.size],
  )
  return rows.map(({ index, lat, lon, at }) => ({
    index: Number(index),
    latitudeE7: lat,
    longitudeE7: lon,
    atMs: at.getTime(),
  }))
}

/** undefined while the door was never seen to move. */
export async function soldSinceDoor(
  tx: Tx,
  log: CheckedLog,
  { stock, door }: { stock: number; door: string },
): Promise<SinceDoor | undefined> {
  const [row] = await tx.query<{ at: Date; sales: bigint; beyond: bigint | null }>(
    `select c.at, count(s.*) as sales,
            (array_agg(s.open_index order by s.open_index))[$5::int4 + 1] as beyond
       from device_contacts c
       left join sales s on s.operator_id = c.operator_id and s.device_id = c.device_id
         and s.epoch = $3 and s.state = 'succeeded' and s.opened_at > c.at
      where c.operator_id = $1 and c.device_id = $2 and c.contact = $4 group by c.at`,
    [...keyOf(log), door, stock],
  )
  if (row === undefined) return undefined
  const firstBeyond = row.beyond === null ? null : Number(row.beyond)
  return { atMs: row.at.getTime(), sales: Number(row.sales), firstBeyond }
}

/** Opens an incident for each finding that lies behind what was told of its subject before. */
export async function openFindings(
  tx: Tx,
  log: CheckedLog,
  findings: readonly WatchedIncident[],
): Promise<void> {
  for (const finding of findings) {
    const [row] = await tx.query<{ last: bigint | null }>(
      `select max((detail ->> 'lastIndex')::int8) as last from incidents
        where operator_id = $1 and device_id = $2 and (detail ->> 'epoch')::int4 = $3
          and kind = $4 and subject = $5`,
      [...keyOf(log), finding.kind, finding.subject],
    )
    if (finding.index <= (row?.last ?? -1n)) continue
    for (const { id, kind } of await openWatched(tx, log, [finding])) {
      const payload = JSON.stringify({ id, kind })
      const { operatorId, deviceId } = log
      await tx.query("select notify_live($1, $2, 'incident', $3)", [operatorId, deviceId, payload])
    }
  }
}
