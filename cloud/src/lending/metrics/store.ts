/** SQL of the machines in a portfolio, with what the ledger says of each. Tenant rules apply. */
import type { Tx } from '../../platform/db/db.ts'
import type { MachineRow } from './portfolio.ts'

/**
 * Machines whose money this organisation may see, and those pledged to it. Takings are
 * sums the ledger keeps; repayment is of the loan the machine is pledged for now.
 */
export async function listMachines(tx: Tx, currency: string): Promise<MachineRow[]> {
  return tx.query<MachineRow>(
    `with sold as (
       select device_id, count(*) as sales from journals where kind = 'sale' group by device_id
     ), swept as (
       select l.device_id, split_part(a.path, ':', 2) as loan_id,
              sum(case l.side when 'credit' then l.amount_minor else -l.amount_minor end) as repaid
         from accounts a join legs l using (operator_id, account_id)
        where (a.path like 'facility:%:repayment' or a.path like 'facility:%:guarantee')
          and a.currency = $1 and l.phase = 'posted'
        group by l.device_id, split_part(a.path, ':', 2)
     )
     select d.id as "deviceId", d.label, d.kind, d.site, d.connected_at as "connectedAt",
            d.seen_at as "seenAt", h.received_at as "receivedAt", p.loan_id as "loanId",
            coalesce(t.credits_posted, 0) as "takingsMinor", coalesce(sold.sales, 0) as sales,
            coalesce(swept.repaid, 0)::int8 as "repaidMinor"
       from devices d
       left join device_heads h on h.operator_id = d.operator_id and h.device_id = d.id
         and h.epoch = d.epoch
       left join accounts t on t.operator_id = d.operator_id and t.currency = $1
         and t.path = 'device:' || d.id || ':takings'
       left join pledges p on p.device_id = d.id and p.released_at is null
       left join sold on sold.device_id = d.id
       left join swept on swept.device_id = d.id
         and swept.loan_id = p.loan_id::text
      where d.status <> 'retired'
        and (p.loan_id is not null or can_see(d.operator_id, d.id, 'finance'))
      order by d.label, d.id`,
    [currency],
  )
}

/** The currency of most visible takings; undefined where nothing was booked. */
export async function mainCurrency(tx: Tx): Promise<string | undefined> {
  const [row] = await tx.query<{ currency: string }>(
    `select currency from accounts where path like 'device:%:takings'
      group by currency order by sum(credits_posted) desc limit 1`,
  )
  return row?.currency
}
