/** What a registered machine looks like to people. Pure. */
import type { Device } from '@tillproof/shared/api/machines.ts'

export type DeviceRow = {
  id: string
  operator_id: string
  label: string
  kind: Device['kind']
  site: string
  status: Device['status']
  epoch: number
  connected_at: Date | null
  seen_at: Date | null
  size: bigint
  received_at: Date | null
  last_event_at: Date | null
  latitude_e7: number | null
  longitude_e7: number | null
  position_at: Date | null
  sales_today: bigint
  takings_today: bigint | null
  currency: string | null
}

/** A machine is heard at least this often while it is connected and has anything to say. */
const LIVE_MS = 2 * 60_000
const DELAYED_MS = 60 * 60_000
const E7 = 1e7

export function toDevice(row: DeviceRow, nowMs: number): Device {
  const { latitude_e7: latitude, longitude_e7: longitude, position_at: at } = row
  return {
    id: row.id,
    operatorId: row.operator_id,
    label: row.label,
    kind: row.kind,
    site: row.site,
    status: row.status,
    liveness: livenessOf(row, nowMs),
    epoch: row.epoch,
    logSize: Number(row.size),
    lastHeadAt: row.received_at?.toISOString() ?? null,
    lastEventAt: row.last_event_at?.toISOString() ?? null,
    position:
      latitude === null || longitude === null || at === null
        ? null
        : { latitudeDeg: latitude / E7, longitudeDeg: longitude / E7, at: at.toISOString() },
    salesToday: Number(row.sales_today),
    takingsToday: {
      amountMinor: String(row.takings_today ?? 0n),
      // A machine that never sold has no currency; the zero needs one to be shown.
      currency: row.currency ?? 'CNY',
    },
  }
}

/** Connected is live, whether it sells or not; else the time since it was last heard decides. */
export function livenessOf(
  row: Pick<DeviceRow, 'connected_at' | 'seen_at' | 'received_at'>,
  nowMs: number,
): Device['liveness'] {
  if (row.received_at === null) return 'never'
  if (row.connected_at !== null) return 'live'
  const heardMs = Math.max(row.received_at.getTime(), row.seen_at?.getTime() ?? 0)
  const silentMs = nowMs - heardMs
  if (silentMs <= LIVE_MS) return 'live'
  return silentMs <= DELAYED_MS ? 'delayed' : 'stale'
}
