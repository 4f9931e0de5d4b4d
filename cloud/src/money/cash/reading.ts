/** SQL of box counts as people see and state them; runs as their organisation. */
import type { BoxCount, NewBoxCount } from '@tillproof/shared/api/cash.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import type { Tx } from '../../platform/db/db.ts'
import { RISE } from './store.ts'

type Row = {
  id: string
  deviceId: string
  countedAt: Date
  amountMinor: bigint
  currency: string
  collected: boolean
  countedBy: string
  photoHash: Buffer | null
  statedAt: Date
  expectedMinor: bigint | null
  differenceMinor: bigint | null
  sales: bigint
  settledSales: bigint
  metersSold: bigint | null
  metersCoins: bigint | null
  metersNotes: bigint | null
  metersTubes: bigint | null
}

const RISES = ['CA201', 'CA306', 'CA308', 'CA1501'].map(name =>
  RISE(name, 'before.counted_at', 'c.counted_at', 'c.device_id'),
)

const COUNT = `
  select c.id, c.device_id as "deviceId", c.counted_at as "countedAt",
         c.amount_minor as "amountMinor", c.currency, c.collected, c.counted_by as "countedBy",
         c.photo_hash as "photoHash", c.stated_at as "statedAt",
         c.expected_minor as "expectedMinor", c.difference_minor as "differenceMinor",
         sold.sales, sold."settledSales", ${RISES[0]} as "metersSold",
         ${RISES[1]} as "metersCoins", ${RISES[2]} as "metersNotes", ${RISES[3]} as "metersTubes"
    from box_counts c
    left join lateral (
      select b.counted_at from box_counts b
       where b.device_id = c.device_id and b.currency = c.currency
         and b.counted_at < c.counted_at
       order by b.counted_at desc limit 1) before on true
    cross join lateral (
      select count(*) as sales, count(s.count_id) as "settledSales" from cash_sales s
       where s.device_id = c.device_id and s.currency = c.currency and s.at <= c.counted_at
         and s.at > coalesce(before.counted_at, '-infinity')) sold`

/** Newest first, from before a time. */
export async function listCounts(
  tx: Tx,
  deviceId: string,
  { before, limit }: { before: Date | null; limit: number },
): Promise<BoxCount[]> {
  const rows = await tx.query<Row>(
    `${COUNT} where c.device_id = $1 and ($2::timestamptz is null or c.counted_at < $2)
      order by c.counted_at desc, c.currency limit $3`,
    [deviceId, before, limit],
  )
  return rows.map(toCount)
}

export async function findCount(tx: Tx, id: string): Promise<BoxCount | undefined> {
  const [row] = await tx.query<Row>(`${COUNT} where c.id = $1`, [id])
  return row && toCount(row)
}

/** When the last one was made of this box and currency. */
export async function lastCountedAt(
  tx: Tx,
  deviceId: string,
  currency: string,
): Promise<Date | undefined> {
  const [row] = await tx.query<{ at: Date }>(
    `select counted_at as at from box_counts where device_id = $1 and currency = $2
      order by counted_at desc limit 1`,
    [deviceId, currency],
  )
  return row?.at
}

/** False where the machine is not the asking organisation's own. */
export async function insertCount(
  tx: Tx,
  by: { id: string; deviceId: string; userId: string },
  count: NewBoxCount,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into box_counts (id, operator_id, device_id, counted_at, amount_minor, currency,
       collected, counted_by, photo_hash, stated_by)
     select $1, operator_id, id, $3, $4, $5, $6, $7, decode($8, 'hex'), $9
       from devices where id = $2 and operator_id = current_org()
     returning id`,
    [
      by.id,
      by.deviceId,
      new Date(count.countedAt),
      count.amount.amountMinor,
      count.amount.currency,
      count.collected,
      count.countedBy,
      count.photoSha256 ?? null,
      by.userId,
    ],
  )
  return rows.length > 0
}

function toCount(row: Row): BoxCount {
  const { id, deviceId, collected, countedBy, amountMinor, currency, differenceMinor } = row
  const { metersCoins, metersNotes } = row
  const boxMinor =
    metersCoins === null && metersNotes === null ? null : (metersCoins ?? 0n) + (metersNotes ?? 0n)
  return {
    ...{ id, deviceId, collected, countedBy },
    countedAt: row.countedAt.toISOString(),
    amount: { amountMinor: String(amountMinor), currency },
    photoSha256: row.photoHash && toHex(row.photoHash),
    statedAt: row.statedAt.toISOString(),
    state: stateOf(differenceMinor),
    expectedMinor: textOf(row.expectedMinor),
    differenceMinor: textOf(differenceMinor),
    sales: Number(row.sales),
    settledSales: Number(row.settledSales),
    meters: {
      soldMinor: textOf(row.metersSold),
      boxMinor: textOf(boxMinor),
      tubesMinor: textOf(row.metersTubes),
    },
  }
}

function stateOf(differenceMinor: bigint | null): BoxCount['state'] {
  if (differenceMinor === null) return 'waiting'
  if (differenceMinor === 0n) return 'agrees'
  return differenceMinor < 0n ? 'short' : 'over'
}

const textOf = (minor: bigint | null): string | null => (minor === null ? null : String(minor))
