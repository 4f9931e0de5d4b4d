/** SQL of takings, summed in the database; runs as the organisation that asks. */
import type { Takings } from '@tillproof/shared/api/takings.ts'
import type { Tx } from '../../platform/db/db.ts'
import { RELEASED, REPAYING, SETTLED, WITNESSED } from './store.ts'
import type { SalesAlike } from './takings.ts'

export type Period = { deviceId: string; from: Date; to: Date }

export async function salesAlike(tx: Tx, { deviceId, from, to }: Period): Promise<SalesAlike[]> {
  const rows = await tx.query<Omit<SalesAlike, 'sales'> & { sales: bigint }>(
    `select currency, tender, witnessed, matched as "paymentMatched", settled,
            repaying,
            count(*) as sales, sum(amount_minor)::int8 as "amountMinor"
       from (select s.currency, s.tender, s.amount_minor, ${WITNESSED} as witnessed,
                    m.order_id is not null as matched, ${SETTLED} as settled,
                    ${REPAYING} as repaying
               from sales s
               left join matches m using (operator_id, device_id, epoch, open_index)
               left join journals j
                 on j.operator_id = s.operator_id and j.business_id = 'sale:' || s.id
              where s.device_id = $1 and s.opened_at >= $2 and s.opened_at < $3
                and s.state = 'succeeded' and s.currency is not null) sale
      group by 1, 2, 3, 4, 5, 6`,
    [deviceId, from, to],
  )
  return rows.map(row => ({ ...row, sales: Number(row.sales) }))
}

type Share = { account: string; currency: string; pendingMinor: bigint; availableMinor: bigint }

/** What the sales of a period credited to each account, less what refunds of them took back. */
export async function sharesOfSales(tx: Tx, { deviceId, from, to }: Period): Promise<Share[]> {
  return tx.query<Share>(
    `with sold as (
       select s.id, s.operator_id, ${RELEASED} as released
         from sales s left join matches m using (operator_id, device_id, epoch, open_index)
        where s.device_id = $1 and s.opened_at >= $2 and s.opened_at < $3
          and s.state = 'succeeded' and s.currency is not null
     ), booked as (
       select operator_id, name, released
         from sold, unnest(array['sale:' || id, 'from-suspense:sale:' || id]) name
       union all
       select r.operator_id, 'refund:' || r.id || ':sale:' || sold.id,
              exists (select from bill_lines b where b.order_id = r.order_id
                and (b.refund_id = r.id::text or b.moved_as = r.company_id)
                and b.released_in is not null)
         from sold join refunds r on r.sale_id = sold.id
     ), share as (
       select a.path as account, a.currency, booked.released,
              sum(case l.side when 'credit' then l.amount_minor else -l.amount_minor end) as minor
         from booked
         join journals j on j.operator_id = booked.operator_id and j.business_id = booked.name
         join legs l on l.operator_id = j.operator_id and l.journal_seq = j.seq
         join accounts a on a.operator_id = l.operator_id and a.account_id = l.account_id
        where l.phase = 'posted' and a.path ~ '^(party|supplier|facility|reserve|suspense):'
        group by 1, 2, 3
     )
     select account, currency,
            coalesce(sum(minor) filter (where not released), 0)::int8 as "pendingMinor",
            coalesce(sum(minor) filter (where released), 0)::int8 as "availableMinor"
       from share group by 1, 2 having bool_or(minor <> 0) order by currency, account`,
    [deviceId, from, to],
  )
}

type Balance = Takings['meters'][number]

export async function meterBalances(tx: Tx, { deviceId, from, to }: Period): Promise<Balance[]> {
  return tx.query<Balance>(
    `select meter, coalesce(sum(rise), 0)::float8 as rise, sum(sales)::float8 as sales,
            coalesce(sum(error) filter (where error > 0), 0)::float8 as unsold,
            coalesce(-sum(error) filter (where error < 0), 0)::float8 as phantom,
            (count(*) filter (where rise is null))::float8 as epochs
       from meter_windows where device_id = $1 and to_at >= $2 and to_at < $3
      group by meter order by meter`,
    [deviceId, from, to],
  )
}

export async function seesDevice(tx: Tx, deviceId: string): Promise<boolean> {
  return (await tx.query('select from devices where id = $1', [deviceId])).length > 0
}
