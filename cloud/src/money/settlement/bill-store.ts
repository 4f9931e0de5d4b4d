/** SQL of payment companies' bills: which are due, how they came, and the lines taken from them. */
import type { Tx } from '../../platform/db/db.ts'
import type { Bill } from '../payments/bill-calendar.ts'
import type { BillKind } from '../payments/channel.ts'
import type { KnownOrder, LineFault } from './line.ts'

/** End of the newest bill that is noted; else of the oldest payment, at most this far back. */
export async function billedUntil(
  tx: Tx,
  channel: string,
  notBefore: Date,
): Promise<Date | undefined> {
  const [newest] = await tx.query<{ until: Date }>(
    'select until from channel_bills where channel = $1 order by from_at desc limit 1',
    [channel],
  )
  if (newest !== undefined) return newest.until
  const [oldest] = await tx.query<{ at: Date }>(
    'select paid_at as at from payments where channel = $1 and paid_at >= $2 order by 1 limit 1',
    [channel, notBefore],
  )
  return oldest?.at
}

export async function noteBills(tx: Tx, channel: string, bills: readonly Bill[]): Promise<void> {
  await tx.query(
    `insert into channel_bills (channel, day, kind, from_at, until)
     select $1, bill.day, kind, bill.from_at, bill.until
       from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) bill (day, from_at, until),
            unnest(array['trades', 'funds']) kind
     on conflict do nothing`,
    [
      channel,
      bills.map(bill => bill.day),
      bills.map(bill => new Date(bill.fromMs)),
      bills.map(bill => new Date(bill.untilMs)),
    ],
  )
}

/** Days whose bills are not taken over yet, newest first: those are waited for. */
export async function daysToTake(
  tx: Tx,
  channel: string,
  askedBefore: { waiting: Date; malformed: Date },
  limit: number,
): Promise<string[]> {
  const rows = await tx.query<{ day: string }>(
    `select day from channel_bills
      where channel = $1 and read_at is null
        and coalesce(asked_at, '-infinity')
          < case state when 'malformed' then $3::timestamptz else $2 end
      group by day order by min(from_at) desc limit $4`,
    [channel, askedBefore.waiting, askedBefore.malformed, limit],
  )
  return rows.map(row => row.day)
}

export type BillRow = {
  kind: BillKind
  state: 'waiting' | 'none' | 'stored' | 'malformed'
  body: Buffer | null
  fromAt: Date
  until: Date
  isRead: boolean
}

/** Both bills of a day, locked; none where the day was never noted. */
export async function lockBills(tx: Tx, channel: string, day: string): Promise<BillRow[]> {
  return tx.query<BillRow>(
    `select kind, state, body, from_at as "fromAt", until, read_at is not null as "isRead"
       from channel_bills where channel = $1 and day = $2 order by kind for update`,
    [channel, day],
  )
}

export type BillPlace = { channel: string; day: string; kind: BillKind }

/** Which of a day's two bills have to be asked for. */
export async function kindsToFetch(tx: Tx, channel: string, day: string): Promise<BillKind[]> {
  const rows = await tx.query<{ kind: BillKind }>(
    `select kind from channel_bills
      where channel = $1 and day = $2 and state in ('waiting', 'malformed') order by kind desc`,
    [channel, day],
  )
  return rows.map(row => row.kind)
}

export async function storeBill(
  tx: Tx,
  { channel, day, kind }: BillPlace,
  bill: { body: Uint8Array; hash: Uint8Array },
  at: Date,
): Promise<void> {
  await tx.query(
    `update channel_bills set state = 'stored', body = $4, body_hash = $5, detail = null,
            asked_at = $6, stored_at = $6
      where channel = $1 and day = $2 and kind = $3 and state in ('waiting', 'malformed')`,
    [channel, day, kind, bill.body, bill.hash, at],
  )
}

/** @param state null where it is to be asked for again */
export async function noteNoBill(
  tx: Tx,
  { channel, day, kind }: BillPlace,
  state: 'none' | null,
  detail: string,
  at: Date,
): Promise<void> {
  await tx.query(
    `update channel_bills set state = coalesce($4, state), detail = $5, asked_at = $6
      where channel = $1 and day = $2 and kind = $3 and state in ('waiting', 'malformed')
        and ($4::text is null or body is null)`,
    [channel, day, kind, state, detail.slice(0, 400), at],
  )
}

export async function setMalformed(tx: Tx, place: BillPlace, detail: string): Promise<void> {
  const { channel, day, kind } = place
  await tx.query(
    `update channel_bills set state = 'malformed', detail = $4
      where channel = $1 and day = $2 and kind = $3`,
    [channel, day, kind, detail.slice(0, 400)],
  )
}

export async function setRead(tx: Tx, channel: string, day: string, at: Date): Promise<void> {
  await tx.query('update channel_bills set read_at = $3 where channel = $1 and day = $2', [
    channel,
    day,
    at,
  ])
}

/** Orders of this channel among those named, by their id. */
export async function knownOrders(
  tx: Tx,
  channel: string,
  ids: readonly string[],
): Promise<Map<string, KnownOrder>> {
  type Row = Omit<KnownOrder, 'payment'> & {
    id: string
    transactionId: string | null
    amountMinor: bigint
    currency: string
  }
  const rows = await tx.query<Row>(
    `select o.id, o.operator_id as "operatorId", o.device_id as "deviceId",
            p.transaction_id as "transactionId", p.amount_minor as "amountMinor", p.currency
       from orders o left join payments p on p.order_id = o.id
      where o.channel = $1 and o.id = any ($2::uuid[])`,
    [channel, ids],
  )
  return new Map(
    rows.map(({ id, transactionId, amountMinor, currency, ...order }) => {
      const payment = transactionId === null ? null : { transactionId, amountMinor, currency }
      return [id, { ...order, payment }]
    }),
  )
}

/** Keys (`lineKey`) of what lines of earlier bills have settled, of these orders. */
export async function settledKeys(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ key: string }>(
    `select order_id || ' ' || coalesce(refund_id, '') as key from bill_lines
      where order_id = any ($1::uuid[]) and fault is null`,
    [ids],
  )
  return rows.map(row => row.key)
}

export type NewLine = {
  operatorId: string
  lineNo: number
  deviceId: string
  orderId: string
  refundId: string | null
  transactionId: string
  movedAs: string
  at: Date
  amountMinor: bigint
  currency: string
  fault: LineFault | null
}

export async function insertLines(
  tx: Tx,
  { channel, day }: { channel: string; day: string },
  lines: readonly NewLine[],
): Promise<void> {
  await tx.query(
    `insert into bill_lines (channel, day, operator_id, line_no, device_id, order_id, refund_id,
       transaction_id, moved_as, at, amount_minor, currency, fault)
     select $1, $2, l.* from unnest($3::uuid[], $4::int4[], $5::text[], $6::uuid[], $7::text[],
       $8::text[], $9::text[], $10::timestamptz[], $11::int8[], $12::text[], $13::text[]) l`,
    [
      channel,
      day,
      lines.map(line => line.operatorId),
      lines.map(line => line.lineNo),
      lines.map(line => line.deviceId),
      lines.map(line => line.orderId),
      lines.map(line => line.refundId),
      lines.map(line => line.transactionId),
      lines.map(line => line.movedAs),
      lines.map(line => line.at),
      lines.map(line => line.amountMinor),
      lines.map(line => line.currency),
      lines.map(line => line.fault),
    ],
  )
}

export type Stray = Pick<NewLine, 'lineNo' | 'transactionId' | 'amountMinor' | 'currency'> & {
  /** As the company wrote it. */
  orderId: string
}

export async function insertStrays(
  tx: Tx,
  { channel, day }: { channel: string; day: string },
  strays: readonly Stray[],
): Promise<void> {
  await tx.query(
    `insert into bill_strays (channel, day, line_no, order_id, transaction_id, amount_minor,
       currency)
     select $1, $2, s.* from unnest($3::int4[], $4::text[], $5::text[], $6::int8[], $7::text[]) s`,
    [
      channel,
      day,
      strays.map(stray => stray.lineNo),
      strays.map(stray => stray.orderId),
      strays.map(stray => stray.transactionId),
      strays.map(stray => stray.amountMinor),
      strays.map(stray => stray.currency),
    ],
  )
}

export async function insertMovements(
  tx: Tx,
  { channel, day }: { channel: string; day: string },
  net: ReadonlyMap<string, bigint>,
): Promise<void> {
  await tx.query(
    `insert into bill_movements (channel, day, business_id, net_minor)
     select $1, $2, m.* from unnest($3::text[], $4::int8[]) m`,
    [channel, day, [...net.keys()], [...net.values()]],
  )
}
