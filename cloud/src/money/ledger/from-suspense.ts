/**
 * Takings that no agreement spoke for wait in suspense. When one is signed afterwards that its
 * parties made valid from before the sale, they are split by it and their open item is closed.
 */
import type { BookAgreements } from '@tillproof/shared/agreement/in-force.ts'
import type { Tx } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import type { OpenItemReason } from '../attest/open-items.ts'
import type { ClearingDeps } from './clearing.ts'
import { CASH_SALE, MATCHED_SALE, type MatchedSale } from './matched.ts'
import { planSuspended } from './plan.ts'

const BATCH = 500
const REASONS: OpenItemReason[] = ['no-agreement', 'several-agreements', 'agreement-refused']

type Suspended = MatchedSale & { itemId: string; reason: OpenItemReason; leftMinor: bigint }

/** Splits what can be split now, page by page; what cannot keeps waiting and holds up nobody. */
export async function clearSuspended(deps: ClearingDeps, operatorId: string): Promise<void> {
  const book = await deps.db.withSystem(tx => agreementsOf(tx, operatorId))
  for (let after = NO_ITEM; ; ) {
    const page = await deps.db.withSystem(tx => suspendedSales(tx, operatorId, after))
    if (!(await clearPage(deps, operatorId, book, page))) return
    const last = page.at(-1)
    if (last === undefined || page.length < BATCH) return
    after = last.itemId
  }
}

const NO_ITEM = '00000000-0000-0000-0000-000000000000'

/** False when another process holds the book. */
async function clearPage(
  deps: ClearingDeps,
  operatorId: string,
  book: BookAgreements,
  page: readonly Suspended[],
): Promise<boolean> {
  const planned = page.flatMap(sale => {
    const source = planSuspended(book, sale, sale.reason, sale.leftMinor)
    return source === undefined ? [] : [{ sale, source }]
  })
  if (planned.length === 0) return true
  const posted = await deps.writers.post(
    operatorId,
    planned.map(each => each.source),
  )
  if (!('ok' in posted)) return false
  const done = planned.filter((_, at) => {
    const outcome = posted.results[at]?.outcome
    return outcome === 'posted' || outcome === 'exists'
  })
  await deps.db.withSystem(
    tx =>
      tx.query(
        `update open_items
            set closed_at = now(), step_by = null, step_reason = 'split', step_note = null
          where id = any ($1::uuid[]) and closed_at is null`,
        [done.map(({ sale }) => sale.itemId)],
      ),
    { idempotent: true },
  )
  return true
}

/**
 * Open items whose sale an agreement may speak for that was signed after they were opened. What was
 * paid back of it does not wait any more; a refund that is about to be booked goes first.
 */
const WAITING = `
  from open_items i join (${MATCHED_SALE} union all ${CASH_SALE}) sale on sale."saleId" = i.sale_id
  left join lateral (
    select sum(r.amount_minor)::int8 as amount, bool_or(r.booked_at is null) as "isMoving"
      from refunds r where r.sale_id = i.sale_id and r.before_minor is not null) back on true
 where coalesce(back.amount, 0) < sale."amountMinor" and back."isMoving" is not true
   and i.closed_at is null and i.reason = any ($1::text[]) and exists (
   select from agreements a
    where a.operator_id = i.operator_id and a.effective_from >= i.opened_at
      and a.currency = i.currency and a.terms -> 'deviceIds' ? i.device_id
      and (a.terms ->> 'validFromMs')::int8 <= extract(epoch from sale.at) * 1000)`

async function suspendedSales(tx: Tx, operatorId: string, after: string): Promise<Suspended[]> {
  return tx.query<Suspended>(
    `select i.id as "itemId", i.reason, sale.*,
            sale."amountMinor" - coalesce(back.amount, 0) as "leftMinor"
       ${WAITING} and i.operator_id = $2 and i.id > $3
      order by i.id limit $4`,
    [REASONS, operatorId, after, BATCH],
  )
}

export async function booksWithSuspended(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(`select distinct i.operator_id ${WAITING}`, [
    REASONS,
  ])
  return rows.map(row => row.operator_id)
}
