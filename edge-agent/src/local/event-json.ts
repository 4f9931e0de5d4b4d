/**
 * Events as programs on the gateway see them: the shape of the cloud's `deviceEvent`, with 64-bit
 * numbers as decimal text and bytes as hex. Sealed parts stay in the journal.
 */
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { saleIdOf } from '@tillproof/shared/ids.ts'
import type { StoredEntry } from '../journal/event-store.ts'

export type EventJson = {
  deviceId: string
  epoch: number
  index: number
  kind: string
  at: string
  saleId: string | null
  open: Record<string, unknown>
}

export function eventJson(log: { deviceId: string; epoch: number }, open: OpenEvent): EventJson {
  const { deviceId, epoch } = log
  return {
    deviceId,
    epoch,
    index: open.index,
    kind: open.kind,
    at: new Date(open.atMs).toISOString(),
    saleId: open.sale === undefined ? null : saleIdOf(deviceId, epoch, open.sale),
    open: plain(open) as Record<string, unknown>,
  }
}

/** An event whose time on the machine is over: only that it was there. */
export type GoneEventJson = Pick<EventJson, 'deviceId' | 'epoch' | 'index'> & { gone: true }

export function storedEventJson(
  log: { deviceId: string; epoch: number },
  { index, parts }: StoredEntry,
): EventJson | GoneEventJson {
  if (!parts) return { deviceId: log.deviceId, epoch: log.epoch, index, gone: true }
  return eventJson(log, decodeOpen(parts.open))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}
