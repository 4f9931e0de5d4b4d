/** SQL of box counts for those who book them: what a count covers, and its planned journals. */
import type { Tx } from '../../platform/db/db.ts'
import type { BoxedSale, BoxJournal } from './count.ts'

/** Longer than any transaction that marks a sale as cleared. */
const OVERLAP_MS = 60_000

/** Counts not looked at yet, whose journals wait, or whose sales came in after the last look. */
export async function countsToLookAt(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from box_counts where looked_at is null
     union
     select count_id from box_count_journals where posted_at is null and refused is null
     union
     select c.id
       from cash_sales s
       join lateral (
         select id, looked_at from box_counts c
          where c.device_id = s.device_id and c.currency = s.currency and c.counted_at >= s.at
          order by c.counted_at limit 1) c on true
       left join journals j on j.operator_id = s.operator_id
         and j.business_id = 'from-suspense:sale:' || s.sale_id
      where s.count_id is null
        and greatest(s.cleared_at, j.booked_at) > c.looked_at - $1 * interval '1 millisecond'`,
    [OVERLAP_MS],
  )
  return rows.map(row => row.id)
}

export type CountRow = {
  id: string
  operatorId: string
  deviceId: string
  countedAt: Date
  amountMinor: bigint
  currency: string
  collected: boolean
  differenceMinor: bigint | null
  tubesMinor: bigint | null
  /** Journals that are planned already. */
  journals: bigint
  /** When the count before was made, and what that left in the box. */
  sinceAt: Date | null
  openingMinor: bigint
}

/** Two that look at one count do so one after the other. */
export async function lockCount(tx: Tx, id: string): Promise<CountRow | undefined> {
  const [row] = await tx.query<CountRow>(
    `select c.id, c.operator_id as "operatorId", c.device_id as "deviceId",
            c.counted_at as "countedAt", c.amount_minor as "amountMinor", c.currency, c.collected,
            c.difference_minor as "differenceMinor", c.tubes_minor as "tubesMinor",
            (select count(*) from box_count_journals j where j.count_id = c.id) as journals,
            before.counted_at as "sinceAt",
            case when before.collected then 0 else coalesce(before.amount_minor, 0) end
              as "openingMinor"
       from box_counts c
       left join lateral (
         select counted_at, collected, amount_minor from box_counts b
          where b.device_id = c.device_id and b.currency = c.currency
            and b.counted_at < c.counted_at
          order by b.counted_at desc limit 1) before on true
      where c.id = $1 for update of c`,
    [id],
  )
  return row
}

/** `journal` has its parts; null while they wait in suspense. */
export type CoveredSale = BoxedSale & { journal: bigint | null }

/** Cleared sales that the count covers, oldest first. */
export async function coveredSales(tx: Tx, count: CountRow): Promise<CoveredSale[]> {
  return tx.query<CoveredSale>(
    `select s.sale_id as "saleId", s.amount_minor as "amountMinor",
            s.count_id is not null as "isShown", j.seq as journal
       from cash_sales s
       left join journals j on j.operator_id = s.operator_id and j.agreement_id is not null
         and j.business_id in ('sale:' || s.sale_id, 'from-suspense:sale:' || s.sale_id)
      where s.device_id = $1 and s.currency = $2 and s.at > coalesce($3::timestamptz, '-infinity')
        and s.at <= $4 and s.cleared_at is not null
      order by s.at, s.sale_id`,
    [count.deviceId, count.currency, count.sinceAt, count.countedAt],
  )
}

/** How far a counter rose between the last audits before each time; null where one is missing. */
export const RISE = (name: string, from: string, to: string, device: string): string => `(
  (select value from meters where device_id = ${device} and name = '${name}' and at <= ${to}
    order by at desc limit 1)
  - (select value from meters where device_id = ${device} and name = '${name}' and at <= ${from}
      order by at desc limit 1))::int8`

/** What the tubes hold more than at the count before; 0 where no audit tells. */
export async function tubesRise(tx: Tx, count: CountRow): Promise<bigint> {
  const [row] = await tx.query<{ rise: bigint | null }>(
    `select ${RISE('CA1501', '$2::timestamptz', '$3::timestamptz', '$1')} as rise`,
    [count.deviceId, count.sinceAt, count.countedAt],
  )
  return row?.rise ?? 0n
}

/** Saves the plan of a journal, and which sales it shows. */
export async function insertJournal(
  tx: Tx,
  { countId, operatorId, deviceId, number, sources, ...sums }: BoxJournal,
  shown: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into box_count_journals (count_id, operator_id, device_id, number, difference_minor,
       tubes_minor, collected_minor, sources)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      countId,
      operatorId,
      deviceId,
      number,
      sums.differenceMinor,
      sums.tubesMinor,
      sums.collectedMinor,
      sources,
    ],
  )
  await tx.query('update cash_sales set count_id = $1 where sale_id = any ($2::text[])', [
    countId,
    shown,
  ])
}

export type Looked = { expectedMinor: bigint; differenceMinor: bigint; tubesMinor: bigint }

export async function setLooked(tx: Tx, id: string, looked: Looked): Promise<void> {
  await tx.query(
    `update box_counts
        set expected_minor = $2, difference_minor = $3, tubes_minor = $4, looked_at = now()
      where id = $1`,
    [id, looked.expectedMinor, looked.differenceMinor, looked.tubesMinor],
  )
}

export type PlannedJournal = BoxJournal & { countedAt: Date }

/** Of one count, planned and not known to be booked, in their order. */
export async function plannedJournals(tx: Tx, countId: string): Promise<PlannedJournal[]> {
  return tx.query<PlannedJournal>(
    `select j.count_id as "countId", j.number, j.device_id as "deviceId",
            j.operator_id as "operatorId", c.currency, j.difference_minor as "differenceMinor",
            j.tubes_minor as "tubesMinor", j.collected_minor as "collectedMinor", j.sources,
            c.counted_at as "countedAt"
       from box_count_journals j join box_counts c on c.id = j.count_id
      where j.count_id = $1 and j.posted_at is null and j.refused is null order by j.number`,
    [countId],
  )
}

/** @param refused why the book would not take it; null where it did */
export async function setPosted(
  tx: Tx,
  { countId, number }: BoxJournal,
  refused: string | null,
): Promise<void> {
  await tx.query(
    `update box_count_journals
        set posted_at = case when $3::text is null then now() end, refused = $3
      where count_id = $1 and number = $2`,
    [countId, number, refused],
  )
}
