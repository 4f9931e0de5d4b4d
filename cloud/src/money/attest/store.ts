/** SQL of sales as people see them: with their match, posting and proof. Tenant rules apply. */
import type { Tx } from '../../platform/db/db.ts'

export type SaleRow = {
  id: string
  operatorId: string
  deviceId: string
  epoch: number
  deviceLabel: string
  item: string | null
  amountMinor: bigint | null
  currency: string | null
  state: 'open' | 'succeeded' | 'failed'
  witnessed: boolean
  at: Date
  orderId: string | null
  channel: string | null
  matched: boolean
  booked: boolean
  settled: boolean
  repaying: boolean
}

/** Whether the window that the sale lies in was cut already, and agrees. For sales as `s`. */
export const WITNESSED = `coalesce((
           select w.agrees and w.to_index >= s.result_index - 1
             from meter_windows w
            where w.operator_id = s.operator_id and w.device_id = s.device_id
              and w.epoch = s.epoch and w.from_index < s.open_index and s.state = 'succeeded'
            order by w.from_index desc limit 1), false)`

const BILL_LINE = `select from bill_lines b
            where b.order_id = m.order_id and b.refund_id is null and b.fault is null`

const COUNTED_CASH = `exists (
           select from cash_sales c where c.sale_id = s.id and c.count_id is not null)`

/** Whether a bill's line, or a count of the box, shows the sale's money. For sales and matches. */
export const SETTLED = `(exists (${BILL_LINE}) or ${COUNTED_CASH})`

/** Whether the parts of the sale `s` are with those who may draw on them. */
export const RELEASED = `(exists (${BILL_LINE} and b.released_in is not null) or ${COUNTED_CASH})`

/** Whether part of the sale's posting, `j`, repays a loan with money that is there. */
export const REPAYING = `(exists (
           select from legs l join accounts a using (operator_id, account_id)
            where l.operator_id = j.operator_id and l.journal_seq = j.seq
              and a.path like 'facility:%' and l.side = 'credit' and l.phase = 'posted'
         ) and ${RELEASED})`

const SALE = `
  select s.id, s.operator_id as "operatorId", s.device_id as "deviceId", s.epoch,
         d.label as "deviceLabel", s.item, s.amount_minor as "amountMinor", s.currency, s.state,
         ${WITNESSED} as witnessed, s.opened_at as at, s.order_id as "orderId", o.channel,
         m.order_id is not null as matched, j.seq is not null as booked,
         ${SETTLED} as settled, ${REPAYING} as repaying
    from sales s
    left join matches m using (operator_id, device_id, epoch, open_index)
    join devices d on d.id = s.device_id
    left join orders o on o.id = s.order_id
    left join journals j on j.operator_id = s.operator_id and j.business_id = 'sale:' || s.id`

export type SalePage = {
  deviceId: string | null
  before: { at: Date; id: string } | null
  limit: number
}

/** Newest first. */
export async function listSales(tx: Tx, page: SalePage): Promise<SaleRow[]> {
  return tx.query<SaleRow>(
    `${SALE}
      where ($1::text is null or s.device_id = $1)
        and ($2::timestamptz is null or (s.opened_at, s.id) < ($2, $3))
      order by s.opened_at desc, s.id desc limit $4`,
    [page.deviceId, page.before?.at ?? null, page.before?.id ?? null, page.limit],
  )
}

export async function findSale(tx: Tx, id: string): Promise<SaleRow | undefined> {
  const [row] = await tx.query<SaleRow>(`${SALE} where s.id = $1`, [id])
  return row
}

export type SaleEventRow = { index: bigint; kind: string; at: Date; epoch: number }

export async function listSaleEvents(tx: Tx, sale: SaleRow): Promise<SaleEventRow[]> {
  return tx.query<SaleEventRow>(
    `select said.index, said.kind, said.at, e.epoch
       from sale_events e join sales s using (operator_id, device_id, epoch, open_index),
         unnest(e.indexes, e.kinds, e.ats) as said (index, kind, at)
      where s.id = $1 order by said.index`,
    [sale.id],
  )
}

/** The signed head of the first batch that covers this index of the machine's log. */
export async function findCoveringHead(
  tx: Tx,
  { operatorId, deviceId, epoch }: SaleRow,
  index: bigint,
): Promise<string | undefined> {
  const [row] = await tx.query<{ head: string }>(
    `select head from device_batches
      where operator_id = $1 and device_id = $2 and epoch = $3 and size_after > $4
      order by first_index limit 1`,
    [operatorId, deviceId, epoch, index],
  )
  return row?.head
}
