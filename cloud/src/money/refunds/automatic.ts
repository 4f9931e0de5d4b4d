/**
 * Refunds that nobody has to ask for: payments that came too late, or bought nothing. A machine
 * that is offline may have sold and not told it: as long as its log has not passed the end of the
 * voucher, the customer waits.
 */
import { randomUUID } from 'node:crypto'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Job, Wake } from '../../platform/jobs/job.ts'
import { REASONS } from './refund.ts'
import * as store from './store.ts'

/**
 * How long a customer waits for a machine that tells nothing. Its log is in order: once it holds
 * anything later than the voucher's end, by the machine's own clock, no sale on the voucher is
 * still to come, and the money goes back at once. Three days bring a machine back from most repairs
 * and weekends, and are no more than customers are used to wait for money; a sale that is told
 * later still becomes an open item, `sale-after-refund`.
 */
export const SILENT_MACHINE_MS = 72 * 3_600_000

export type AutomaticDeps = {
  db: Db
  wake: Wake
  /** Names of the payment companies that pay back. */
  channels: readonly string[]
}

/** id: an order whose payment, or what is left of it, goes back to the customer. */
export function automaticRefundJob({ db, wake, channels }: AutomaticDeps): Job {
  const useless = (tx: Tx, id?: string) => uselessPayments(tx, channels, id)
  return {
    name: 'refund-useless',
    async run(orderId) {
      const refund = await db.withSystem(async tx => {
        await tx.query('select from orders where id = $1 for update', [orderId])
        const [found] = await useless(tx, orderId)
        if (found === undefined) return undefined
        const id = randomUUID()
        const reason = REASONS[found.cause]
        await store.insertRefund(tx, { ...found, id, reason, state: 'requested' })
        return id
      })
      if (refund !== undefined) wake('refund', refund)
    },
    due: () => db.withSystem(async tx => (await useless(tx)).map(each => each.orderId)),
    sweepEveryMs: 5_000,
  }
}

type Useless = Pick<
  store.NewRefund,
  'operatorId' | 'deviceId' | 'orderId' | 'channel' | 'amountMinor' | 'currency'
> & { cause: 'paid-late' | 'sale-failed' | 'no-sale' }

const MOST = 500

/** By the open items that matching has made of them. */
async function uselessPayments(
  tx: Tx,
  channels: readonly string[],
  orderId?: string,
): Promise<Useless[]> {
  return tx.query<Useless>(
    `select * from (
       select distinct on (o.id) o.id as "orderId", o.operator_id as "operatorId",
              o.device_id as "deviceId", o.channel, p.currency,
              p.amount_minor - coalesce((select sum(r.amount_minor) from refunds r
                where r.order_id = o.id and r.state <> 'refused'), 0)::int8 as "amountMinor",
              case i.reason when 'payment-late' then 'paid-late'
                            when 'paid-sale-failed' then 'sale-failed' else 'no-sale' end as cause
         from open_items i
         join orders o on o.id = i.order_id
         join payments p on p.order_id = o.id
         left join sales s on s.id = i.sale_id
        where i.closed_at is null and o.matched_at is null and o.channel = any ($1::text[])
          and ($2::uuid is null or o.id = $2)
          and (i.reason in ('payment-late', 'paid-sale-failed')
               or i.reason = 'payment-without-sale' and (s.amount_minor = 0
                    and s.state = 'succeeded' or ${NO_SALE_COMES}))
          and not exists (select from refunds r where r.order_id = o.id
            and r.cause in ('paid-late', 'sale-failed', 'no-sale'))
        order by o.id, i.opened_at
     ) useless where "amountMinor" > 0 limit $4`,
    [channels, orderId ?? null, SILENT_MACHINE_MS, MOST],
  )
}

/** The machine's log has passed the voucher's end without one; or it was silent for too long. */
const NO_SALE_COMES = `
  s.id is null and exists (select from device_heads h where h.operator_id = o.operator_id
    and h.device_id = o.device_id and h.forked_at is null
    and h.last_event_at > coalesce(o.voucher_expires_at, o.paid_at))
  or coalesce(o.voucher_expires_at, o.paid_at) < now() - $3 * interval '1 millisecond'`
