/** What the machine's own log gives to a sale's proof bundle, read as the asking organisation. */
import type { EventParts } from '@tillproof/shared/event/event.ts'
import { deviceOrigin, parseSaleId, type SaleParts } from '@tillproof/shared/ids.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import type { BundleSources } from '../../evidence/bundles/bundle.ts'
import type { Tx } from '../../platform/db/db.ts'
import { batchHolding, leafHashesUpTo, type StoredBatch } from './store.ts'

/** For `BundleSources.deviceEvidence`. The batch with the last event is the first to cover all. */
export function deviceEvidenceSource(cloudName: string): BundleSources['deviceEvidence'] {
  return async (tx, saleId) => {
    const sale = parseSaleId(saleId)
    if (sale === undefined) return undefined
    const indexes = await saleEventIndexes(tx, sale)
    const last = indexes.at(-1)
    const covering = last === undefined ? undefined : await holding(tx, sale, last)
    const genesis = await partsAt(tx, sale, 0)
    if (covering === undefined || genesis === undefined) return undefined
    const events = []
    for (const index of indexes) {
      const parts = await partsAt(tx, sale, index)
      if (parts !== undefined) events.push({ index, parts })
    }
    return {
      origin: deviceOrigin(cloudName, sale.device, sale.epoch),
      head: covering.head,
      size: covering.sizeAfter,
      events,
      genesis,
      leafHashes: await leafHashesUpTo(tx, sale.device, sale.epoch, covering.sizeAfter),
    }
  }
}

async function saleEventIndexes(tx: Tx, sale: SaleParts): Promise<number[]> {
  const rows = await tx.query<{ index: bigint }>(
    `select index from sale_events
     where device_id = $1 and epoch = $2 and open_index = $3 order by index`,
    [sale.device, sale.epoch, sale.index],
  )
  return rows.map(row => Number(row.index))
}

function holding(tx: Tx, sale: SaleParts, index: number): Promise<StoredBatch | undefined> {
  return batchHolding(tx, sale.device, sale.epoch, index)
}

async function partsAt(tx: Tx, sale: SaleParts, index: number): Promise<EventParts | undefined> {
  const stored = await holding(tx, sale, index)
  const decoded = stored && decodeBatch(stored.payload, decompress)
  return decoded?.ok ? decoded.batch.entries[index - decoded.batch.firstIndex] : undefined
}
