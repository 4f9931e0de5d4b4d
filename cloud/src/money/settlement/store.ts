/** SQL of settlements: what can be settled of a book, and the journals that were planned for it. */
import type { Tx } from '../../platform/db/db.ts'

/** Two settlements of one book are never planned at once. */
export async function lockSettling(tx: Tx, operatorId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('settle:' || $1))", [operatorId])
}

/** A line of a bill whose sale or refund is booked, with the journal that booked it. */
export type Settleable = {
  channel: string
  day: string
  lineNo: number
  currency: string
  deviceId: string
  orderId: string
  at: Date
  amountMinor: bigint
  /** Position in the book. */
  journal: bigint
  /** Null where it was counted with an earlier journal of the line. */
  feeMinor: bigint | null
  /** What the journal credited to the company's fees. */
  estimatedMinor: bigint
  /** What it took from the company; of a deposit less than was paid. */
  takenMinor: bigint
  /** Its parts wait in suspense: a later journal will split them. */
  isSuspended: boolean
}

const FEES = `(select coalesce(sum(case g.side when 'credit' then g.amount_minor
             else -g.amount_minor end), 0)::int8
        from legs g join accounts a using (operator_id, account_id)
       where g.operator_id = j.operator_id and g.journal_seq = j.seq
         and a.path = 'psp:' || l.channel || ':fees' and g.phase = 'posted')`

/** What the journal took from the company. */
const TAKEN = `(select coalesce(sum(case g.side when 'debit' then g.amount_minor
             else -g.amount_minor end), 0)::int8
        from legs g join accounts a using (operator_id, account_id)
       where g.operator_id = j.operator_id and g.journal_seq = j.seq
         and a.path in ('psp:' || l.channel || ':receivable',
           'owed:psp:' || l.channel || ':receivable') and g.phase = 'posted')`

const line = (
  chargedMinor = '0',
) => `l.channel, l.day, l.line_no as "lineNo", l.currency, l.device_id as "deviceId",
  l.order_id as "orderId", l.at, l.amount_minor as "amountMinor", j.seq as journal,
  ${FEES} + ${chargedMinor} as "estimatedMinor", ${TAKEN} as "takenMinor"`

const SALE_OF_LINE = `
  join matches m on m.order_id = l.order_id
  join sales s on (s.operator_id, s.device_id, s.epoch, s.open_index)
    = (m.operator_id, m.device_id, m.epoch, m.open_index)`

/**
 * The journals of the refund that a line names, in our numbering or the company's: of a dispute
 * that was lost, also the one of what the company charges for it.
 */
const REFUND_OF_LINE = `
  join refunds r on r.operator_id = l.operator_id and r.order_id = l.order_id
    and (r.id::text = l.refund_id or r.company_id = l.moved_as)
  join journals j on j.operator_id = l.operator_id
    and j.business_id in ('refund:' || r.id, 'refund:' || r.id || ':sale:' || r.sale_id,
      'refund-fee:' || r.id)`

/** The refund by which all of a payment that bought nothing went back. */
const UNSOLD = `
  join refunds r on r.operator_id = l.operator_id and r.order_id = l.order_id
    and r.sale_id is null and r.amount_minor = l.amount_minor
  join journals j on j.operator_id = l.operator_id and j.business_id = 'refund:' || r.id`

const UNSETTLED = `l.released_in is null and l.fault is null and l.fee_minor is not null`

/** Oldest bill first; at most so many. */
export async function settleable(tx: Tx, operatorId: string, limit: number): Promise<Settleable[]> {
  const own = `l.operator_id = $1 and ${UNSETTLED}`
  return tx.query<Settleable>(
    `select * from (
       select ${line()}, l.fee_minor as "feeMinor",
              j.agreement_id is null as "isSuspended"
         from bill_lines l ${SALE_OF_LINE}
         join journals j on j.operator_id = l.operator_id and j.business_id = 'sale:' || s.id
        where ${own} and l.collected_in is null and l.refund_id is null
       union all
       select ${line('r.fee_minor')},
              case when j.kind = 'refund-fee' then null else l.fee_minor end, false
         from bill_lines l ${REFUND_OF_LINE}
        where ${own} and l.refund_id is not null
       union all
       select ${line()}, l.fee_minor, false from bill_lines l ${UNSOLD}
        where ${own} and l.collected_in is null and l.refund_id is null
       union all
       select ${line()}, null, false
         from bill_lines l ${SALE_OF_LINE}
         join journals j on j.operator_id = l.operator_id
           and j.business_id = 'from-suspense:sale:' || s.id
        where ${own} and l.collected_in is not null
     ) line order by channel, day, currency, "lineNo" limit $2`,
    [operatorId, limit],
  )
}

/** Books with something to settle, or planned and not booked yet. */
export async function booksToSettle(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ operator_id: string }>(
    `select operator_id from settlements where posted_at is null and refused is null
     union
     select l.operator_id from bill_lines l ${SALE_OF_LINE}
       join journals j on j.operator_id = l.operator_id
         and j.business_id = case when l.collected_in is null
           then 'sale:' || s.id else 'from-suspense:sale:' || s.id end
      where ${UNSETTLED} and l.refund_id is null
     union
     select l.operator_id from bill_lines l ${REFUND_OF_LINE}
      where ${UNSETTLED} and l.refund_id is not null
     union
     select l.operator_id from bill_lines l ${UNSOLD}
      where ${UNSETTLED} and l.refund_id is null and l.collected_in is null`,
  )
  return rows.map(row => row.operator_id)
}

export type Credited = { path: string; partyId: string | null; minor: bigint }

/** What these journals credited to each account, less what they debited. */
export async function creditedBy(
  tx: Tx,
  operatorId: string,
  { currency, sources }: { currency: string; sources: readonly bigint[] },
): Promise<Credited[]> {
  return tx.query<Credited>(
    `select a.path, a.party_id as "partyId",
            sum(case l.side when 'credit' then l.amount_minor else -l.amount_minor end)::int8
              as minor
       from legs l join accounts a using (operator_id, account_id)
      where l.operator_id = $1 and l.journal_seq = any ($2::int8[]) and l.currency = $3
        and l.phase = 'posted'
      group by a.path, a.party_id order by a.path`,
    [operatorId, sources, currency],
  )
}

export type SettlementRow = {
  operatorId: string
  channel: string
  day: string
  number: number
  currency: string
  sources: bigint[]
  grossMinor: bigint
  feeMinor: bigint
  at: Date
}

/** Saves the plan, and which lines it settles; answers its number within the day. */
export async function insertPlan(
  tx: Tx,
  plan: Omit<SettlementRow, 'number'>,
  lines: readonly Settleable[],
): Promise<void> {
  const { operatorId, channel, day } = plan
  const [row] = await tx.query<{ number: number }>(
    `insert into settlements (operator_id, channel, day, number, currency, sources, lines,
       gross_minor, fee_minor, at)
     select $1, $2, $3, (select coalesce(max(number) + 1, 0) from settlements
                          where operator_id = $1 and channel = $2 and day = $3),
            $4, $5, $6, $7, $8, $9
     returning number`,
    [
      operatorId,
      channel,
      day,
      plan.currency,
      plan.sources,
      new Set(lines.map(({ lineNo }) => lineNo)).size,
      plan.grossMinor,
      plan.feeMinor,
      plan.at,
    ],
  )
  await tx.query(
    `update bill_lines l set collected_in = coalesce(l.collected_in, $4),
            released_in = case when not settled.waits then $4 end
       from unnest($5::int4[], $6::bool[]) settled (line_no, waits)
      where l.operator_id = $1 and l.channel = $2 and l.day = $3 and l.line_no = settled.line_no`,
    [
      operatorId,
      channel,
      day,
      row?.number,
      lines.map(line => line.lineNo),
      lines.map(line => line.isSuspended),
    ],
  )
}

/** Planned and not known to be booked, oldest first. */
export async function plannedSettlements(tx: Tx, operatorId: string): Promise<SettlementRow[]> {
  return tx.query<SettlementRow>(
    `select operator_id as "operatorId", channel, day, number, currency, sources,
            gross_minor as "grossMinor", fee_minor as "feeMinor", at
       from settlements where operator_id = $1 and posted_at is null and refused is null
      order by planned_at, channel, day, number limit 100`,
    [operatorId],
  )
}

/** @param booked its journal; null where there was nothing to book; or why the book refused it */
export async function setPosted(
  tx: Tx,
  { operatorId, channel, day, number }: SettlementRow,
  booked: { seq: bigint | null } | { refused: string },
): Promise<void> {
  await tx.query(
    `update settlements set posted_at = case when $6::text is null then now() end,
            journal_seq = $5, refused = $6
      where operator_id = $1 and channel = $2 and day = $3 and number = $4`,
    [
      operatorId,
      channel,
      day,
      number,
      'seq' in booked ? booked.seq : null,
      'refused' in booked ? booked.refused : null,
    ],
  )
}
