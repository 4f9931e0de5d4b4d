/** SQL of the facts that batches bring: a handful of statements, however many events they have. */
import { saleIdOf } from '@tillproof/shared/ids.ts'
import { type CopyField, copyRow } from '../../platform/db/copy-row.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Facts, SaleEvents, SaleFacts } from './facts.ts'
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
    new Set(opened.map(({ id }) => id)),
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

/** Rows that are only ever added, all in one statement and none if there are none. */
async function addRows<T>(
  tx: Tx,
  table: string,
  rows: readonly Row<T>[],
  fields: (row: Row<T>) => CopyField[],
): Promise<void> {
  if (rows.length === 0) return
  const lines = rows.map(row => copyRow([...keyOf(row), ...fields(row)]))
  await tx.copy(`copy ${table} from stdin`, lines.join(''))
}

const keyOf = ({ log }: { log: LockedLog }): CopyField[] => [
  log.operatorId,
  log.deviceId,
  log.epoch,
]

async function openSales(tx: Tx, sales: readonly Row<SaleFacts>[]): Promise<ChangedSale[]> {
  await addRows(tx, SALES, sales, sale => [
    sale.openIndex,
    sale.item ?? null,
    sale.amountMinor ?? null,
    sale.currency ?? null,
    sale.orderId ?? null,
    sale.outcome?.state ?? 'open',
    String(sale.outcome?.presumed ?? false),
    sale.outcome?.index ?? null,
    sale.openedAt ?? null,
    sale.outcome?.at ?? null,
    sale.tender ?? null,
    sale.requestedMinor ?? null,
  ])
  return sales.map(sale => ({
    deviceId: sale.log.deviceId,
    id: idOf(sale),
    state: sale.outcome?.state ?? 'open',
  }))
}

const SALES = `sales (operator_id, device_id, epoch, open_index, item, amount_minor, currency,
  order_id, state, presumed, result_index, opened_at, decided_at, tender, requested_minor)`

const idOf = ({ log, openIndex }: Row<{ openIndex: number }>): string =>
  saleIdOf(log.deviceId, log.epoch, openIndex)

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
  said: readonly Row<SaleEvents>[],
  opened: ReadonlySet<string>,
): Promise<void> {
  const others = await knownSales(
    tx,
    said.filter(sale => !opened.has(idOf(sale))),
  )
  const known = said.filter(sale => opened.has(idOf(sale)) || others.has(idOf(sale)))
  await addRows(tx, SALE_EVENTS, known, ({ openIndex, events }) => [
    openIndex,
    events[0]?.index ?? openIndex,
    arrayOf(events.map(({ index }) => index)),
    arrayOf(events.map(({ kind }) => kind)),
    arrayOf(events.map(({ at }) => at.toISOString())),
  ])
}

const SALE_EVENTS = `sale_events (operator_id, device_id, epoch, open_index, first_index, indexes,
  kinds, ats)`

/** An array as PostgreSQL writes it, of items that need no quotes. */
const arrayOf = (items: readonly (number | string)[]): string => `{${items.join(',')}}`

/** The ids of those that an earlier batch opened. */
async function knownSales(
  tx: Tx,
  sales: readonly Row<{ openIndex: number }>[],
): Promise<ReadonlySet<string>> {
  if (sales.length === 0) return new Set()
  const rows = await tx.query<{ id: string }>('select id from sales where id = any ($1::text[])', [
    sales.map(idOf),
  ])
  return new Set(rows.map(({ id }) => id))
}

function insertMeters(tx: Tx, meters: readonly Row<Facts['meters'][number]>[]): Promise<void> {
  const table = 'meters (operator_id, device_id, epoch, index, name, value, at)'
  return addRows(tx, table, meters, ({ index, name, value, at }) => [index, name, value, at])
}

function insertPositions(
  tx: Tx,
  positions: readonly Row<Facts['positions'][number]>[],
): Promise<void> {
  const table = 'positions (operator_id, device_id, epoch, index, latitude_e7, longitude_e7, at)'
  return addRows(tx, table, positions, position => [
    position.index,
    position.latitudeE7,
    position.longitudeE7,
    position.at,
  ])
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
