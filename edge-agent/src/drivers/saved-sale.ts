/**
 * The unfinished sale that an earlier run left behind. Its index is missing when the process died
 * right after the commit that opened it; then the payment event of its order says it.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { z } from 'zod'
import type { EventStore } from '../journal/event-store.ts'
import type { SavedSale } from '../session/machine.ts'

const savedSale = z.strictObject({
  phase: z.string(),
  sale: z.number().int().nonnegative().nullable(),
  orderId: z.string(),
  amountMinor: z.string().regex(/^\d+$/),
  currency: z.string(),
  item: z.string(),
  approvedAtMs: z.number(),
  figures: z.strictObject({
    minutes: z.number().exactOptional(),
    units: z.number().exactOptional(),
    unitPriceMinor: z.string().regex(/^\d+$/).exactOptional(),
    before: z.record(z.string(), z.string().regex(/^-?\d+$/)).exactOptional(),
    ask: z.number().exactOptional(),
    reader: z.number().exactOptional(),
    unpriced: z.boolean().exactOptional(),
  }),
})

const CHUNK = 256

/** Throws `session.state-unreadable` rather than forgetting a sale. */
export async function readSavedSale(store: EventStore, key: string): Promise<SavedSale | null> {
  const text = await store.readState(key)
  if (text === undefined) return null
  const parsed = savedSale.safeParse(parseJson(text))
  if (!parsed.success) throw unreadable(key, parsed.error)
  const saved = parsed.data
  const sale = saved.sale ?? (await findSale(store, saved))
  if (sale === null) throw unreadable(key)
  return { ...saved, sale }
}

/** Backwards from the end: the sale can only be among the last facts. */
async function findSale(store: EventStore, saved: SavedSale): Promise<number | null> {
  for (let end = store.size(); end > 0; end = Math.max(0, end - CHUNK)) {
    const from = Math.max(0, end - CHUNK)
    for (const { parts } of (await store.readEntries(from, end - from)).toReversed()) {
      const open = parts && decodeOpen(parts.open)
      if (open && belongsTo(open, saved)) return open.sale ?? null
    }
  }
  return null
}

/** By its order; a watched sale has none, and is the last that its reader began. */
function belongsTo(open: OpenEvent, { orderId, figures }: SavedSale): boolean {
  if (orderId !== '') return open.kind === 'payment.seen' && open.orderId === orderId
  const isWatched = open.kind === 'sale.requested' && open.tender === 'reader'
  return isWatched && open.detail?.reader === figures.reader
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(key: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'session.state-unreadable',
    `The state ${key} in the journal cannot be read; a sale may be unfinished.`,
    'Keep the journal file and report this; do not delete it.',
    { cause },
  )
}
