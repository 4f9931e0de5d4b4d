/** SQL of takings by period, summed in the database; runs as the organisation that asks. */
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import type { Tx } from '../../platform/db/db.ts'
import { REPAYING, SETTLED, WITNESSED } from './store.ts'
import type { SalesAlike } from './takings.ts'

export type PeriodsAsked = {
  /** null for all machines. */
  deviceId: string | null
  from: Date
  to: Date
  step: 'day' | 'week' | 'month'
  zone: string
}
export type PeriodSales = SalesAlike & { at: Date }

/** Sales of the machines that the reader may see, oldest period first. */
export async function salesByPeriod(tx: Tx, asked: PeriodsAsked): Promise<PeriodSales[]> {
  const rows = await tx.query<Omit<PeriodSales, 'sales'> & { sales: bigint }>(
    `select at, currency, tender, witnessed, matched as "paymentMatched", settled,
            repaying,
            count(*) as sales, sum(amount_minor)::int8 as "amountMinor"
       from (select date_trunc($4, s.opened_at, $5) as at, s.currency, s.tender, s.amount_minor,
                    ${WITNESSED} as witnessed, m.order_id is not null as matched,
                    ${SETTLED} as settled, ${REPAYING} as repaying
               from devices d
               join sales s on s.device_id = d.id
               left join matches m on m.operator_id = s.operator_id
                and m.device_id = s.device_id and m.epoch = s.epoch
                and m.open_index = s.open_index
               left join journals j
                 on j.operator_id = s.operator_id and j.business_id = 'sale:' || s.id
              where ($1::text is null or d.id = $1) and s.opened_at >= $2 and s.opened_at < $3
                and s.state = 'succeeded' and s.currency is not null) sale
      group by 1, 2, 3, 4, 5, 6, 7 order by at`,
    [asked.deviceId, asked.from, asked.to, asked.step, asked.zone],
  )
  return rows.map(row => ({ ...row, sales: Number(row.sales) }))
}

type Share = Record<'postedMinor' | 'pendingMinor', bigint> &
  Omit<TakingsByPeriod['shares'][number], 'postedMinor' | 'pendingMinor'>

/**
 * What came to rest on accounts: takings only pass through the machine's own, and what the payment
 * company owes is the other side of it all.
 */
export async function sharesOf(tx: Tx, asked: PeriodsAsked): Promise<Share[]> {
  return tx.query<Share>(
    `select * from (
       select a.operator_id as "bookId", a.path as account, a.currency, a.party_id as "partyId",
              coalesce(sum(signed) filter (where phase = 'posted'), 0)::int8 as "postedMinor",
              coalesce(sum(case phase when 'pending' then signed when 'released' then -signed end),
                0)::int8 as "pendingMinor"
         from (select l.operator_id, l.account_id, l.phase,
                      case l.side when 'credit' then l.amount_minor else -l.amount_minor end
                        as signed
                 from journals j
                 join legs l on l.operator_id = j.operator_id and l.journal_seq = j.seq
                where j.device_id is not null and ($1::text is null or j.device_id = $1)
                  and j.source_at >= $2 and j.source_at < $3) leg
         join accounts a using (operator_id, account_id)
        where a.path not like 'device:%' and a.path not like 'psp:%:receivable'
          and a.path not like 'cash:%'
        group by 1, 2, 3, 4) share
      where "postedMinor" <> 0 or "pendingMinor" <> 0
      order by currency, "postedMinor" + "pendingMinor" desc, account`,
    [asked.deviceId, asked.from, asked.to],
  )
}
