/**
 * Takings that no agreement spoke for wait in suspense. When one is signed afterwards that its
 * parties made valid from before the sale, they are split by it and their open item is closed.
 */
import type { Tx } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import type { OpenItemReason } from '../attest/open-items.ts'
import type { ClearingDeps } from './clearing.ts'
import { MATCHED_SALE, type MatchedSale } from './matched.ts'
import { planSuspended } from './plan.ts'

const BATCH = 500
const REASONS: OpenItemReason[] = ['no-agreement', 'several-agreements', 'agreement-refused']

type Suspended = MatchedSale & { itemId: string; reason: OpenItemReason }

/** Splits what can be split now; what cannot keeps waiting. */
export async function clearSuspended(deps: ClearingDeps, operatorId: string): Promise<void> {
  const { waiting, book } = await deps.db.withSystem(async tx => ({
    waiting: await suspendedSales(tx, operatorId),
    book: await agreementsOf(tx, operatorId),
  }))
  const planned = waiting.flatMap(sale => {
    const source = planSuspended(book, sale, sale.reason)
    return source === undefined ? [] : [{ sale, source }]
  })
  if (planned.length === 0) return
  const posted = await deps.writers.post(
    operatorId,
    planned.map(each => each.source),
  )
  if (!('ok' in posted)) return
  const done = planned.filter((_, at) => {
    const outcome = posted.results[at]?.outcome
    return outcome === 'posted' || outcome === 'exists'
  })
  await deps.db.withSystem(
    tx =>
      tx.query('update open_items set closed_at = now() where id = any ($1::uuid[])', [
        done.map(({ sale }) => sale.itemId),
      ]),
    { idempotent: true },
  )
}

/** An agreement may speak for it if it was signed after the item was opened, for that machine. */
const SPEAKS = `
  exists (select from agreements a
           where a.operator_id = i.operator_id and a.effective_from >= i.opened_at
             and a.currency = i.currency and a.terms -> 'deviceIds' ? i.device_id)`

async function suspendedSales(tx: Tx, operatorId: string): Promise<Suspended[]> {
  return tx.query<Suspended>(
    `select i.id as "itemId", i.reason, sale.*
       from open_items i join (${MATCHED_SALE} where m.operator_id = $1) sale
         on sale."saleId" = i.sale_id
      where i.operator_id = $1 and i.closed_at is null and i.reason = any ($2::text[])
        and ${SPEAKS}
      order by i.opened_at limit $3`,
    [operatorId, REASONS, BATCH],
  )
}

export async function booksWithSuspended(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    `select distinct operator_id from open_items i
      where closed_at is null and reason = any ($1::text[]) and ${SPEAKS}`,
    [REASONS],
  )
  return rows.map(row => row.operator_id)
}
