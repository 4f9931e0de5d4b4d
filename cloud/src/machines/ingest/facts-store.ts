/** SQL of the facts that a batch brings: a handful of statements, however many events it has. */
import type { Tx } from '../../platform/db/db.ts'
import type { Facts, SaleFacts } from './facts.ts'
import type { LockedLog } from './store.ts'

export type ChangedSale = { id: string; state: 'open' | 'succeeded' | 'failed' }

/** Answers the sales that were opened or decided by these facts. */
export async function insertFacts(tx: Tx, log: LockedLog, facts: Facts): Promise<ChangedSale[]> {
  const opened = await openSales(tx, log, facts.sales)
  const later = facts.sales.filter(sale => sale.openedAt === undefined)
  const decided = await updateSales(tx, log, later)
  await insertSaleEvents(tx, log, facts)
  await insertMeters(tx, log, facts)
  await insertPositions(tx, log, facts)
  await upsertPorts(tx, log, facts)
  await upsertContacts(tx, log, facts)
  return [...opened, ...decided]
}

async function openSales(tx: Tx, log: LockedLog, sales: SaleFacts[]): Promise<ChangedSale[]> {
  const opened = sales.filter(sale => sale.openedAt !== undefined)
  if (opened.length === 0) return []
  return tx.query<ChangedSale>(
    `insert into sales (operator_id, device_id, epoch, open_index, item, amount_minor, currency,
       order_id, state, presumed, result_index, opened_at, decided_at, tender, requested_minor)
     select $1, $2, $3, * from unnest($4::int8[], $5::text[], $6::int8[], $7::text[], $8::uuid[],
       $9::text[], $10::bool[], $11::int8[], $12::timestamptz[], $13::timestamptz[],
       $14::text[], $15::int8[])
     returning id, state`,
    [
      ...keyOf(log),
      opened.map(sale => sale.openIndex),
      opened.map(sale => sale.item ?? null),
      opened.map(sale => sale.amountMinor ?? null),
      opened.map(sale => sale.currency ?? null),
      opened.map(sale => sale.orderId ?? null),
      opened.map(sale => sale.outcome?.state ?? 'open'),
      opened.map(sale => sale.outcome?.presumed ?? false),
      opened.map(sale => sale.outcome?.index ?? null),
      opened.map(sale => sale.openedAt ?? null),
      opened.map(sale => sale.outcome?.at ?? null),
      opened.map(sale => sale.tender ?? null),
      opened.map(sale => sale.requestedMinor ?? null),
    ],
  )
}

/** A decided sale is never changed by what a machine says later. */
async function updateSales(tx: Tx, log: LockedLog, sales: SaleFacts[]): Promise<ChangedSale[]> {
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
     from unnest($4::int8[], $5::text[], $6::int8[], $7::text[], $8::uuid[], $9::text[],
       $10::bool[], $11::int8[], $12::timestamptz[])
       as n (open_index, item, amount_minor, currency, order_id, state, presumed, result_index,
         decided_at)
     where s.operator_id = $1 and s.device_id = $2 and s.epoch = $3
       and s.open_index = n.open_index and s.state = 'open'
     returning s.id, s.state`,
    [
      ...keyOf(log),
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
async function insertSaleEvents(tx: Tx, log: LockedLog, { saleEvents }: Facts): Promise<void> {
  if (saleEvents.length === 0) return
  await tx.query(
    `insert into sale_events (operator_id, device_id, epoch, index, open_index, kind, at)
     select s.operator_id, s.device_id, s.epoch, n.index, n.open_index, n.kind, n.at
     from unnest($4::int8[], $5::int8[], $6::text[], $7::timestamptz[])
       as n (index, open_index, kind, at)
     join sales s on s.operator_id = $1 and s.device_id = $2 and s.epoch = $3
       and s.open_index = n.open_index`,
    [
      ...keyOf(log),
      saleEvents.map(event => event.index),
      saleEvents.map(event => event.openIndex),
      saleEvents.map(event => event.kind),
      saleEvents.map(event => event.at),
    ],
  )
}

async function insertMeters(tx: Tx, log: LockedLog, { meters }: Facts): Promise<void> {
  if (meters.length === 0) return
  await tx.query(
    `insert into meters (operator_id, device_id, epoch, index, name, value, at)
     select $1, $2, $3, * from unnest($4::int8[], $5::text[], $6::numeric[], $7::timestamptz[])`,
    [
      ...keyOf(log),
      meters.map(meter => meter.index),
      meters.map(meter => meter.name),
      meters.map(meter => meter.value),
      meters.map(meter => meter.at),
    ],
  )
}

async function insertPositions(tx: Tx, log: LockedLog, { positions }: Facts): Promise<void> {
  if (positions.length === 0) return
  await tx.query(
    `insert into positions (operator_id, device_id, epoch, index, latitude_e7, longitude_e7, at)
     select $1, $2, $3, * from unnest($4::int8[], $5::int4[], $6::int4[], $7::timestamptz[])`,
    [
      ...keyOf(log),
      positions.map(position => position.index),
      positions.map(position => position.latitudeE7),
      positions.map(position => position.longitudeE7),
      positions.map(position => position.at),
    ],
  )
}

async function upsertPorts(tx: Tx, log: LockedLog, { ports }: Facts): Promise<void> {
  if (ports.length === 0) return
  await tx.query(
    `insert into device_ports (operator_id, device_id, port, state, at)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::timestamptz[])
     on conflict (operator_id, device_id, port)
       do update set state = excluded.state, at = excluded.at`,
    [
      log.operatorId,
      log.deviceId,
      ports.map(port => port.port),
      ports.map(port => port.state),
      ports.map(port => port.at),
    ],
  )
}

async function upsertContacts(tx: Tx, log: LockedLog, { contacts }: Facts): Promise<void> {
  if (contacts.length === 0) return
  await tx.query(
    `insert into device_contacts (operator_id, device_id, contact, is_on, at)
     select $1, $2, * from unnest($3::text[], $4::bool[], $5::timestamptz[])
     on conflict (operator_id, device_id, contact)
       do update set is_on = excluded.is_on, at = excluded.at`,
    [
      log.operatorId,
      log.deviceId,
      contacts.map(({ contact }) => contact),
      contacts.map(({ isOn }) => isOn),
      contacts.map(({ at }) => at),
    ],
  )
}

function keyOf(log: LockedLog): unknown[] {
  return [log.operatorId, log.deviceId, log.epoch]
}
