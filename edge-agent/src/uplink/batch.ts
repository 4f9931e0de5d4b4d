/**
 * Cuts the next batch from the journal: as many entries as fit into one MQTT payload, with the
 * signed head over exactly what the cloud will hold after it.
 */
import type { EventParts } from '@tillproof/shared/event/event.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { encodeBatch, MAX_BATCH_BYTES } from '@tillproof/shared/wire/batch.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'
import type { Journal } from '../journal/event-store.ts'
import { keptParts } from '../journal/retention.ts'
import { sealAt } from '../seal/seal.ts'

export type CutBatch = { from: number; end: number; payload: Uint8Array }

/** Salts do not compress: beyond this many bytes before compression a batch hardly ever fits. */
const PLAIN_BUDGET_BYTES = 3 * MAX_BATCH_BYTES
const PAGE = 256
const ENTRY_OVERHEAD_BYTES = 12

/** Entries [from, end) with `end` ≤ `upTo`; at least one entry. Throws the journal's errors. */
export async function cutBatch(
  journal: Journal,
  signer: Signer,
  range: { from: number; upTo: number },
): Promise<CutBatch> {
  const entries = await readBudget(journal, range.from, range.upTo)
  for (let count = entries.length; ; count = Math.ceil(count / 2)) {
    const end = range.from + count
    const head = await sealAt(journal, signer, end)
    const batch = { firstIndex: range.from, entries: entries.slice(0, count), head: head.note }
    const payload = tryEncode(batch, count === 1)
    if (payload) return { from: range.from, end, payload }
  }
}

async function readBudget(journal: Journal, from: number, upTo: number): Promise<EventParts[]> {
  const taken: EventParts[] = []
  let plainBytes = 0
  while (from + taken.length < upTo) {
    const start = from + taken.length
    const page = await journal.readEntries(start, Math.min(PAGE, upTo - start))
    for (const entry of page) {
      const parts = keptParts(entry)
      plainBytes += plainSize(parts)
      if (plainBytes > PLAIN_BUDGET_BYTES && taken.length > 0) return taken
      taken.push(parts)
    }
    if (page.length === 0) return taken
  }
  return taken
}

function plainSize({ open, openSalt, sealed, sealedSalt, sealedHash }: EventParts): number {
  const sealedBytes = (sealed?.length ?? 0) + (sealedSalt?.length ?? sealedHash?.length ?? 0)
  return open.length + openSalt.length + sealedBytes + ENTRY_OVERHEAD_BYTES
}

/** One event always fits: its parts are capped when they are encoded. */
function tryEncode(batch: Parameters<typeof encodeBatch>[0], mustFit: boolean) {
  try {
    return encodeBatch(batch, compress)
  } catch (error) {
    if (mustFit) throw error
    return undefined
  }
}
