/** SQL of takings, summed in the database; runs as the organisation that asks. */
import type { Takings } from '@tillproof/shared/api/takings.ts'
import type { Tx } from '../../platform/db/db.ts'
import { REPAYING, WITNESSED } from './store.ts'
import type { SalesAlike } from './takings.ts'

export type Period = { deviceId: string; from: Date; to: Date }

export async function salesAlike(tx: Tx, { deviceId, from, to }: Period): Promise<SalesAlike[]> {
  const rows = await tx.query<Omit<SalesAlike, 'sales'> & { sales: bigint }>(
    `select currency, tender, witnessed, matched as "paymentMatched", repaying,
            count(*) as sales, sum(amount_minor)::int8 as "amountMinor"
       from (select s.currency, s.tender, s.amount_minor, ${WITNESSED} as witnessed,
                    m.order_id is not null as matched, ${REPAYING} as repaying
               from sales s
               left join matches m using (operator_id, device_id, epoch, open_index)
               left join journals j
                 on j.operator_id = s.operator_id and j.business_id = 'sale:' || s.id
              where s.device_id = $1 and s.opened_at >= $2 and s.opened_at < $3
                and s.state = 'succeeded' and s.currency is not null) sale
      group by 1, 2, 3, 4, 5`,
    [deviceId, from, to],
  )
  return rows.map(row => ({ ...row, sales: Number(row.sales) }))
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
