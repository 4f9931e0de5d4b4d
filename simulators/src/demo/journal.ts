/**
 * A machine's journal read from outside, straight from its file, whatever state its agent is in:
 * what was confirmed to the machine is what is committed there, nothing more and nothing less.
 */
import { openForReading } from '@tillproof/edge-agent/journal/database.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { parseDeviceOrigin, saleIdOf } from '@tillproof/shared/ids.ts'

export type JournalFacts = {
  deviceId: string
  /** Committed events. */
  size: number
  /** Sales opened here, by their id, with the order that paid for each. */
  sales: { id: string; orderId: string | undefined }[]
}

export function readJournal(path: string): JournalFacts {
  const database = openForReading(path)
  try {
    const tip = database.prepare('SELECT origin, size FROM tip').get()
    const rows = database
      .prepare('SELECT open FROM entries WHERE open IS NOT NULL ORDER BY idx')
      .all()
    // Parts leave a machine long after their receipt; their sales were reckoned by then.
    const kept = rows.flatMap(({ open }) => (open instanceof Uint8Array ? [open] : []))
    const events = kept.map(decodeOpen)
    const origin = parseDeviceOrigin(String(tip?.origin))
    const [device, epoch] = [String(origin?.device), Number(origin?.epoch)]
    const paid = events.filter(({ orderId }) => orderId !== undefined)
    const orderOf = new Map(paid.map(({ sale, orderId }) => [sale, orderId]))
    const sales = events.filter(isOpening).map(({ index }) => ({
      id: saleIdOf(device, epoch, index),
      orderId: orderOf.get(index),
    }))
    return { deviceId: device, size: Number(tip?.size), sales }
  } finally {
    database.close()
  }
}

function isOpening({ kind, sale, index }: OpenEvent): boolean {
  return kind === 'sale.requested' && sale === index
}
