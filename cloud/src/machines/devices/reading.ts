/** SQL of what people see of machines; runs as their organisation, under row-level security. */
import type { Device, DeviceContact } from '@tillproof/shared/api/machines.ts'
import type { Tx } from '../../platform/db/db.ts'
import { type DeviceRow, toDevice } from './device.ts'

/** Days are UTC days; takings are of the currency that sold most often. */
const DEVICE = `
  select d.id, d.operator_id, d.label, d.kind, d.site, d.status, d.epoch, d.connected_at,
    d.seen_at, h.size, h.received_at, h.last_event_at, p.latitude_e7, p.longitude_e7,
    p.at as position_at, coalesce(t.sales, 0) as sales_today, t.takings as takings_today,
    coalesce(t.currency, l.currency) as currency
  from devices d
  join device_heads h
    on h.operator_id = d.operator_id and h.device_id = d.id and h.epoch = d.epoch
  left join lateral (
    select latitude_e7, longitude_e7, at from positions
    where device_id = d.id order by at desc limit 1
  ) p on true
  left join lateral (
    select count(*) as sales, sum(amount_minor)::int8 as takings, currency from sales
    where device_id = d.id and state = 'succeeded' and currency is not null
      and opened_at >= date_trunc('day', now(), 'UTC')
    group by currency order by count(*) desc limit 1
  ) t on true
  left join lateral (
    select currency from sales where device_id = d.id and currency is not null
    order by opened_at desc limit 1
  ) l on true`

/** Machines in the order of their ids, after `after`; one more than `limit` to tell a next page. */
export async function listDevices(
  tx: Tx,
  page: { after: string; limit: number },
  nowMs: number,
): Promise<Device[]> {
  const rows = await tx.query<DeviceRow>(`${DEVICE} where d.id > $1 order by d.id limit $2`, [
    page.after,
    page.limit + 1,
  ])
  return rows.map(row => toDevice(row, nowMs))
}

export async function findDevice(tx: Tx, id: string, nowMs: number): Promise<Device | undefined> {
  const [row] = await tx.query<DeviceRow>(`${DEVICE} where d.id = $1`, [id])
  return row && toDevice(row, nowMs)
}

/** Undefined for a machine that one may not see. */
export async function listContacts(tx: Tx, id: string): Promise<DeviceContact[] | undefined> {
  const seen = await tx.query('select from devices where id = $1', [id])
  if (seen.length === 0) return undefined
  const rows = await tx.query<{ contact: string; is_on: boolean; at: Date }>(
    'select contact, is_on, at from device_contacts where device_id = $1 order by contact',
    [id],
  )
  return rows.map(({ contact, is_on, at }) => ({ contact, isOpen: is_on, at: at.toISOString() }))
}

/** Whether this device belongs to the operator that asks; a grant to see it is not enough. */
export async function ownsDevice(tx: Tx, operatorId: string, id: string): Promise<boolean> {
  const rows = await tx.query('select from devices where id = $1 and operator_id = $2', [
    id,
    operatorId,
  ])
  return rows.length > 0
}

export async function retireDevice(tx: Tx, id: string): Promise<void> {
  await tx.query("update devices set status = 'retired' where id = $1", [id])
}
