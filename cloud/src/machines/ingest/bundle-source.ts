/** What the machine's own log gives to a proof bundle, read as the asking organisation. */
import { deviceOrigin, parseSaleId, type SaleParts } from '@tillproof/shared/ids.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import type { BundleSources, DeviceEvidence, StoredEvent } from '../../evidence/bundles/bundle.ts'
import type { Tx } from '../../platform/db/db.ts'
import { batchesHolding, type StoredBatch } from './store.ts'
import { type LogKey, proofOfEvents } from './subtrees.ts'

/** For `BundleSources.deviceEvidence`. The batch with the last event is the first to cover all. */
export function deviceEvidenceSource(cloudName: string): BundleSources['deviceEvidence'] {
  return async (tx, saleId) => {
    const sale = parseSaleId(saleId)
    if (sale === undefined) return undefined
    const log = { deviceId: sale.device, epoch: sale.epoch }
    return evidenceOf(tx, cloudName, log, await saleEventIndexes(tx, sale))
  }
}

/** @param indexes of the events wanted, ascending; the genesis event comes along by itself. */
export async function evidenceOf(
  tx: Tx,
  cloudName: string,
  log: LogKey,
  indexes: readonly number[],
): Promise<DeviceEvidence | undefined> {
  const wanted = [0, ...indexes.filter(index => index > 0)]
  const batches = await batchesHolding(tx, log, wanted)
  const [last, covering] = [indexes.at(-1), batches.at(-1)]
  if (last === undefined || covering === undefined || covering.sizeAfter <= last) return undefined
  const size = covering.sizeAfter
  const asked = new Set(wanted)
  const [genesis, ...later] = batches.flatMap(batch => partsIn(batch, asked))
  if (genesis?.index !== 0 || later.length !== wanted.length - 1) return undefined
  const rest = await proofOfEvents(tx, log, wanted, size)
  const origin = deviceOrigin(cloudName, log.deviceId, log.epoch)
  const events = indexes[0] === 0 ? [genesis, ...later] : later
  return { origin, head: covering.head, size, events, genesis: genesis.parts, rest }
}

async function saleEventIndexes(tx: Tx, sale: SaleParts): Promise<number[]> {
  const rows = await tx.query<{ index: bigint }>(
    `select unnest(indexes) as index from sale_events
     where device_id = $1 and epoch = $2 and open_index = $3 order by index`,
    [sale.device, sale.epoch, sale.index],
  )
  return rows.map(row => Number(row.index))
}

/** The wanted events that this batch brought; its payload may repeat some of an earlier one's. */
function partsIn(
  { payload, firstIndex, sizeAfter }: StoredBatch,
  wanted: ReadonlySet<number>,
): StoredEvent[] {
  const decoded = decodeBatch(payload, decompress)
  if (!decoded.ok) return []
  const { entries, firstIndex: first } = decoded.batch
  const own = Array.from({ length: sizeAfter - firstIndex }, (_, at) => firstIndex + at)
  return own.flatMap(index => {
    const parts = wanted.has(index) ? entries[index - first] : undefined
    return parts === undefined ? [] : [{ index, parts }]
  })
}
