/** SQL of the facts that batches bring: a handful of statements, however many events they have. */
import type { Tx } from '../../platform/db/db.ts'
import type { Facts, SaleFacts } from './facts.ts'
import type { LockedLog } from './store.ts'

export type ChangedSale = { deviceId: string; id: string; state: 'open' | 'succeeded' | 'failed' }
/** The facts of one machine's batch. */
export type LogFacts = { log: LockedLog; facts: Facts }

/** Answers the sales that were opened or decided by these facts. Each machine comes once. */
export async function insertFacts(tx: Tx, batches: readonly LogFacts[]): Promise<ChangedSale[]> {
  const sales = rowsOf(batches, facts => facts.sales)
  const opened = await openSales(
    tx,
    sales.filter(sale => sale.openedAt !== undefined),
  )
  const decided = await updateSales(
    tx,
    sales.filter(sale => sale.openedAt === undefined),
  )
  await insertSaleEvents(
    tx,
    rowsOf(batches, facts => facts.saleEvents),
  )
  await insertMeters(
    tx,
    rowsOf(batches, facts => facts.meters),
  )
  await insertPositions(
    tx,
    rowsOf(batches, facts => facts.positions),
  )
  await upsertPorts(
    tx,
    rowsOf(batches, facts => facts.ports),
  )
  await upsertContacts(
    tx,
    rowsOf(batches, facts => facts.contacts),
  )
  await updateProfiles(
    tx,
    rowsOf(batches, facts => facts.profiles),
  )
  return [...opened, ...decided]
}

type Row<T> = T & { log: LockedLog }

function rowsOf<T>(batches: readonly LogFacts[], pick: (facts: Facts) => readonly T[]): Row<T>[] {
  return batches.flatMap(({ log, facts }) => pick(facts).map(fact => ({ ...fact, log })))
}

const keysOf = (rows: readonly { log: LockedLog }[]): unknown[] => [
  rows.map(({ log }) => log.operatorId),
  rows.map(({ log }) => log.deviceId),
  rows.map(({ log }) => log.epoch),
]

const KEYS = '$1::uuid[], $2::text[], $3::int4[]'

async function openSales(tx: Tx, sales: readonly Row<SaleFacts>[]): Promise<ChangedSale[]> {
  if (sales.length === 0) return []
  return tx.query<ChangedSale>(
    `insert into sales (operator_id, device_id, epoch, open_index, item, amount_minor, currency,
       order_id, state, presumed, result_index, opened_at, decided_at, tender, requested_minor)
     select * from unnest(${KEYS}, $4::int8[], $5::text[], $6::int8[], $7::text[], $8::uuid[],
       $9::text[], $10::bool[], $11::int8[], $12::timestamptz[], $13::timestamptz[],
       $14::text[], $15::int8[])
     returning device_id as "deviceId", id, state`,
    [
      ...keysOf(sales),
      sales.map(sale => sale.openIndex),
      sales.map(sale => sale.item ?? null),
      sales.map(sale => sale.amountMinor ?? null),
      sales.map(sale => sale.currency ?? null),
      sales.map(sale => sale.orderId ?? null),
      sales.map(sale => sale.outcome?.state ?? 'open'),
      sales.map(sale => sale.outcome?.presumed ?? false),
      sales.map(sale => sale.outcome?.index ?? null),
      sales.map(sale => sale.openedAt ?? null),
      sales.map(sale => sale.outcome?.at ?? null),
      sales.map(sale => sale.tender ?? null),
      sales.map(sale => sale.requestedMinor ?? null),
    ],
  )
}

/** A decided sale is never changed by what a machine says later. */
async function updateSales(tx: Tx, sales: readonly Row<SaleFacts>[]): Promise<ChangedSale[]> {
  if (sales.length === 0) return []
  return tx.query<ChangedSale>(
    `update sales s set
       item = coalesce(n.item, s.item),
       amount_minor = coalesce(n.amount_minor, s.amount_minor),
       currency = coalesce(n.currency, s.currency),
       order_id = coalesce(n.order_id, s.order_id),
       state = coalesce(n.state, s.state),
       presumed = n.presumed,
       result_index = n.result_index,
       decided_at = n.decided_at
     from unnest(${KEYS}, $4::int8[], $5::text[], $6::int8[], $7::text[], $8::uuid[], $9::text[],
       $10::bool[], $11::int8[], $12::timestamptz[])
       as n (operator_id, device_id, epoch, open_index, item, amount_minor, currency, order_id,
         state, presumed, result_index, decided_at)
     where s.operator_id = n.operator_id and s.device_id = n.device_id and s.epoch = n.epoch
       and s.open_index = n.open_index and s.state = 'open'
     returning s.device_id as "deviceId", s.id, s.state`,
    [
      ...keysOf(sales),
      sales.map(sale => sale.openIndex),
      sales.map(sale => sale.item ?? null),
      sales.map(sale => sale.amountMinor ?? null),
      sales.map(sale => sale.currency ?? null),
      sales.map(sale => sale.orderId ?? null),
      sales.map(sale => sale.outcome?.state ?? null),
      sales.map(sale => sale.outcome?.presumed ?? false),
      sales.map(sale => sale.outcome?.index ?? null),
      sales.map(sale => sale.outcome?.at ?? null),
    ],
  )
}

/** Events of a sale that was never opened are left out: they stay in their batch, as evidence. */
async function insertSaleEvents(
  tx: Tx,
  events: readonly Row<Facts['saleEvents'][number]>[],
): Promise<void> {
  if (events.length === 0) return
  await tx.query(
    `insert into sale_events (operator_id, device_id, epoch, index, open_index, kind, at)
     select n.*
     from unnest(${KEYS}, $4::int8[], $5::int8[], $6::text[], $7::timestamptz[])
       as n (operator_id, device_id, epoch, index, open_index, kind, at)
     join sales s on s.operator_id = n.operator_id and s.device_id = n.device_id
       and s.epoch = n.epoch and s.open_index = n.open_index`,
    [
      ...keysOf(events),
      events.map(event => event.index),
      events.map(event => event.openIndex),
      events.map(event => event.kind),
      events.map(event => event.at),
    ],
  )
}

async function insertMeters(
  tx: Tx,
  meters: readonly Row<Facts['meters'][number]>[],
): Promise<void> {
  if (meters.length === 0) return
  await tx.query(
    `insert into meters (operator_id, device_id, epoch, index, name, value, at)
     select * from unnest(${KEYS}, $4::int8[], $5::text[], $6::numeric[], $7::timestamptz[])`,
    [
      ...keysOf(meters),
      meters.map(meter => meter.index),
      meters.map(meter => meter.name),
      meters.map(meter => meter.value),
      meters.map(meter => meter.at),
    ],
  )
}

async function insertPositions(
  tx: Tx,
  positions: readonly Row<Facts['positions'][number]>[],
): Promise<void> {
  if (positions.length === 0) return
  await tx.query(
    `insert into positions (operator_id, device_id, epoch, index, latitude_e7, longitude_e7, at)
     select * from unnest(${KEYS}, $4::int8[], $5::int4[], $6::int4[], $7::timestamptz[])`,
    [
      ...keysOf(positions),
      positions.map(position => position.index),
      positions.map(position => position.latitudeE7),
      positions.map(position => position.longitudeE7),
      positions.map(position => position.at),
    ],
  )
}

async function upsertPorts(tx: Tx, ports: readonly Row<Facts['ports'][number]>[]): Promise<void> {
  if (ports.length === 0) return
  await tx.query(
    `insert into device_ports (operator_id, device_id, port, state, at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     on conflict (operator_id, device_id, port)
       do update set state = excluded.state, at = excluded.at`,
    [
      ports.map(({ log }) => log.operatorId),
      ports.map(({ log }) => log.deviceId),
      ports.map(({ port }) => port),
      ports.map(({ state }) => state),
      ports.map(({ at }) => at),
    ],
  )
}

async function upsertContacts(
  tx: Tx,
  contacts: readonly Row<Facts['contacts'][number]>[],
): Promise<void> {
  if (contacts.length === 0) return
  await tx.query(
    `insert into device_contacts (operator_id, device_id, contact, is_on, at)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::timestamptz[])
     on conflict (operator_id, device_id, contact)
       do update set is_on = excluded.is_on, at = excluded.at`,
    [
      contacts.map(({ log }) => log.operatorId),
      contacts.map(({ log }) => log.deviceId),
      contacts.map(({ contact }) => contact),
      contacts.map(({ isOn }) => isOn),
      contacts.map(({ at }) => at),
    ],
  )
}

async function updateProfiles(tx: Tx, rows: readonly Row<Facts['profiles'][number]>[]) {
  if (rows.length === 0) return
  await tx.query(
    `update devices d set profile = nullif(n.profile, '')
     from unnest($1::text[], $2::text[]) as n (id, profile) where d.id = n.id`,
    [rows.map(({ log }) => log.deviceId), rows.map(({ profile }) => profile)],
  )
}
