/** Events for people: read out of the stored batches, newest first. */
import type { DeviceEvent } from '@tillproof/shared/api/machines.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { saleIdOf } from '@tillproof/shared/ids.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import type { Tx } from '../../platform/db/db.ts'
import { instantOf } from './facts.ts'
import { batchesBefore, type StoredBatch } from './store.ts'

export type Cursor = { epoch: number; index: number }

export const NEWEST: Cursor = { epoch: 2_147_483_647, index: Number.MAX_SAFE_INTEGER }

/** Batches are read a few at a time, as they may hold one event or thousands. */
const BATCHES_AT_ONCE = 16

export async function eventsBefore(
  tx: Tx,
  deviceId: string,
  before: Cursor,
  limit: number,
): Promise<DeviceEvent[]> {
  const events: DeviceEvent[] = []
  let cursor = before
  while (events.length < limit) {
    const batches = await batchesBefore(tx, deviceId, cursor, BATCHES_AT_ONCE)
    for (const batch of batches) {
      const older = eventsOf(deviceId, batch).filter(
        event => event.epoch < before.epoch || event.index < before.index,
      )
      events.push(...older.toReversed())
      cursor = { epoch: batch.epoch, index: batch.firstIndex }
    }
    if (batches.length < BATCHES_AT_ONCE) break
  }
  return events.slice(0, limit)
}

function eventsOf(deviceId: string, stored: StoredBatch): DeviceEvent[] {
  const decoded = decodeBatch(stored.payload, decompress)
  if (!decoded.ok) return []
  const { batch } = decoded
  // A batch may repeat events that an earlier one brought already.
  const fresh = batch.entries.slice(stored.firstIndex - batch.firstIndex)
  return fresh.map(entry => toDeviceEvent(deviceId, stored.epoch, decodeOpen(entry.open)))
}

function toDeviceEvent(deviceId: string, epoch: number, event: OpenEvent): DeviceEvent {
  const { kind, index, atMs: _shownAsAt, sale, ...open } = event
  return {
    deviceId,
    epoch,
    index,
    kind,
    at: instantOf(event).toISOString(),
    saleId: sale === undefined ? null : saleIdOf(deviceId, epoch, sale),
    open: plain(open) as Record<string, unknown>,
  }
}

/** JSON has neither bytes nor 64-bit integers: hex text and decimal text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
