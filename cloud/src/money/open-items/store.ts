/** SQL of open items as people see and close them; runs as their organisation. */
import type { AgeBucket } from '@tillproof/shared/api/open-items.ts'
import type { Tx } from '../../platform/db/db.ts'

export type OpenItemRow = {
  id: string
  bookId: string
  reason: string
  deviceId: string | null
  saleId: string | null
  orderId: string | null
  subject: string | null
  amountMinor: bigint | null
  currency: string | null
  openedAt: Date
  closedAt: Date | null
  ageDays: number
  ageBucket: AgeBucket
  /** Place in the list: opened at, in microseconds of Unix time. */
  openedAtUs: bigint
}
export type OpenItemPage = {
  /** Of one book; null: of all that the asker may see. */
  bookId: string | null
  state: 'open' | 'closed' | 'all'
  reason: string | null
  deviceId: string | null
  ageBucket: AgeBucket | null
  after: { openedAtUs: bigint; id: string } | null
  limit: number
}

const AGE_DAYS = 'floor(extract(epoch from coalesce(closed_at, now()) - opened_at) / 86400)::int4'
/** The buckets of `ageBucket`, by the days of `aged`. */
const BUCKET = `case when "ageDays" <= 1 then '0-1' when "ageDays" <= 7 then '2-7'
       when "ageDays" <= 30 then '8-30' when "ageDays" <= 90 then '31-90' else '91+' end`
const AGED = `
  select id, operator_id as "bookId", reason, device_id as "deviceId", sale_id as "saleId",
         order_id as "orderId", subject,
         amount_minor as "amountMinor", currency, opened_at as "openedAt",
         closed_at as "closedAt", greatest(0, ${AGE_DAYS}) as "ageDays",
         (extract(epoch from opened_at) * 1000000)::int8 as "openedAtUs"
    from open_items`
const ITEM = `select aged.*, ${BUCKET} as "ageBucket" from (${AGED}) aged`

/** Oldest first. */
export async function listOpenItems(tx: Tx, page: OpenItemPage): Promise<OpenItemRow[]> {
  const { bookId, state, reason, deviceId, ageBucket, after, limit } = page
  return tx.query<OpenItemRow>(
    `select * from (${ITEM}) item
      where ($1 = 'all' or ("closedAt" is null) = ($1 = 'open'))
        and ($2::text is null or reason = $2) and ($3::text is null or "deviceId" = $3)
        and ($4::text is null or "ageBucket" = $4)
        and ($5::int8 is null or ("openedAtUs", id) > ($5, $6::uuid))
        and ($7::uuid is null or "bookId" = $7)
      order by "openedAt", id limit $8`,
    [
      state,
      reason,
      deviceId,
      ageBucket,
      after?.openedAtUs ?? null,
      after?.id ?? null,
      bookId,
      limit,
    ],
  )
}

export async function findOpenItem(tx: Tx, id: string): Promise<OpenItemRow | undefined> {
  const [row] = await tx.query<OpenItemRow>(`select * from (${ITEM}) item where id = $1`, [id])
  return row
}

export type StepRow = {
  step: 'closed' | 'reopened'
  at: Date
  userId: string | null
  reason: string
  note: string | null
}

/** Oldest first. */
export async function listSteps(tx: Tx, itemId: string): Promise<StepRow[]> {
  return tx.query<StepRow>(
    `select step, at, by as "userId", reason, note
       from open_item_steps where item_id = $1 order by id`,
    [itemId],
  )
}

/** Names of people by id; read as the system, for rows that the asker has seen. */
export async function namesOf(tx: Tx, steps: readonly StepRow[]): Promise<Map<string, string>> {
  const ids = steps.flatMap(({ userId }) => (userId === null ? [] : [userId]))
  const rows = await tx.query<{ id: string; name: string }>(
    'select id, name from users where id = any ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

export type Step = { id: string; userId: string; reason: string; note: string }

/** False where it is closed already, or not of this organisation's book. */
export async function closeByPerson(tx: Tx, step: Step): Promise<boolean> {
  const rows = await tx.query(
    `update open_items
        set closed_at = now(), step_by = $2, step_reason = $3, step_note = $4
      where id = $1 and closed_at is null returning id`,
    [step.id, step.userId, step.reason, step.note],
  )
  return rows.length > 0
}

/** Takes back what a person closed; false where nobody did. */
export async function reopenByPerson(tx: Tx, step: Omit<Step, 'reason'>): Promise<boolean> {
  const rows = await tx.query(
    `update open_items
        set closed_at = null, step_by = $2, step_reason = 'reopened', step_note = $3
      where id = $1 and closed_at is not null and step_by is not null returning id`,
    [step.id, step.userId, step.note],
  )
  return rows.length > 0
}

export type AgeingRow = {
  reason: string
  ageBucket: AgeBucket
  currency: string | null
  items: bigint
  amountMinor: bigint
}

export async function sumByAge(tx: Tx): Promise<AgeingRow[]> {
  return tx.query<AgeingRow>(
    `select reason, "ageBucket", currency, count(*) as items,
            coalesce(sum("amountMinor"), 0)::int8 as "amountMinor"
       from (${ITEM}) item where "closedAt" is null
      group by reason, "ageBucket", currency
      order by reason, min("ageDays"), currency`,
  )
}
