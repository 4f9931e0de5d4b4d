/**
 * Erases the sealed part of one event, with its salt, wherever the cloud holds it: in every batch
 * that brought the event, in the proof of an incident, in samples of refused batches. The 32 bytes
 * that committed to it take its place, so leaves, proofs and bundles stay as they are. Facts are
 * drawn from open parts alone and hold nothing of it.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { sealedHashOf } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { type Batch, decodeBatch, encodeBatch } from '@tillproof/shared/wire/batch.ts'
import { formatEraseOrder } from '@tillproof/shared/wire/erase-order.ts'
import { compressHard, decompress } from '@tillproof/shared/wire/zstd.ts'
import type { Tx } from '../../platform/db/db.ts'
import * as store from './erasures.ts'

export type ErasureRequest = {
  deviceId: string
  /** The device's present one when absent. */
  epoch?: number
  index: number
  reason: string
  /** The user who asks. */
  requestedBy: string
}
export type ErasureRefusal = 'no-such-event' | 'nothing-sealed'
export type ErasureOutcome = { ok: true } | { ok: false; refused: ErasureRefusal }

/** Erases by a person's word, leaves an order for the machine. Twice is the same as once. */
export async function eraseSealed(
  tx: Tx,
  signer: Signer,
  { deviceId, epoch, index, reason, requestedBy }: ErasureRequest,
): Promise<ErasureOutcome> {
  const log = await store.lockEpoch(tx, deviceId, epoch)
  if (log === undefined || index >= log.size) return { ok: false, refused: 'no-such-event' }
  if (await store.isErased(tx, log, index)) return { ok: true }
  const sealedHash = await eraseFromBatches(tx, log, index)
  if (sealedHash === undefined) return { ok: false, refused: 'nothing-sealed' }
  await eraseFromEvidence(tx, log, index, sealedHash)
  const order = formatEraseOrder({ origin: log.origin, index, sealedHash, reason })
  const orderNote = log.isPresent ? signNote(order, [signer]) : null
  await store.addErasure(tx, log, { index, sealedHash, reason, requestedBy, orderNote })
  return { ok: true }
}

/** What the machine itself says it erased is erased here, too, and orders for it are done. */
export async function eraseAsTold(
  tx: Tx,
  deviceId: string,
  epoch: number,
  events: readonly OpenEvent[],
): Promise<void> {
  for (const told of events.filter(event => event.kind === 'redaction')) {
    const index = told.detail?.index
    const reason = String(told.detail?.reason ?? 'no reason given').slice(0, 1024)
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) continue
    const log = await store.lockEpoch(tx, deviceId, epoch)
    if (log === undefined || index >= log.size) continue
    if (!(await store.isErased(tx, log, index))) {
      const sealedHash = await eraseFromBatches(tx, log, index)
      if (sealedHash === undefined) continue
      await eraseFromEvidence(tx, log, index, sealedHash)
      const facts = { index, sealedHash, reason, requestedBy: null, orderNote: null }
      await store.addErasure(tx, log, facts)
    }
    await store.setTold(tx, log, index, told.index)
  }
}

/** The payload as it may be kept: without what was erased, were it sent again. */
export async function withoutErased(
  tx: Tx,
  log: store.LogKey,
  batch: Batch,
  payload: Uint8Array,
): Promise<Uint8Array> {
  // Nearly no batch has a sealed part, and one without has nothing to come back.
  if (batch.entries.every(entry => entry.sealed === null)) return payload
  const end = batch.firstIndex + batch.entries.length
  const indexes = await store.erasedIndexes(tx, log, batch.firstIndex, end)
  return indexes.reduce<Uint8Array>((kept, index) => erasedFrom(kept, index) ?? kept, payload)
}

/** The hash of the erased part, also when it was gone already; undefined when none ever was. */
async function eraseFromBatches(
  tx: Tx,
  log: store.LogKey,
  index: number,
): Promise<Uint8Array | undefined> {
  let sealedHash: Uint8Array | undefined
  for (const { firstIndex, payload } of await store.batchesNear(tx, log, index)) {
    sealedHash ??= sealedHashIn(payload, index)
    const erased = erasedFrom(payload, index)
    if (erased !== undefined) await store.replacePayload(tx, log, firstIndex, erased)
  }
  return sealedHash
}

/** In the proof of a fork it may be another event's part at that index: only the same one goes. */
async function eraseFromEvidence(
  tx: Tx,
  log: store.LogKey,
  index: number,
  sealedHash: Uint8Array,
): Promise<void> {
  for (const { id, proof } of await store.incidentProofs(tx, log)) {
    const found = sealedHashIn(proof, index)
    const erased = found && equal(found, sealedHash) ? erasedFrom(proof, index) : undefined
    if (erased !== undefined) await store.replaceProof(tx, id, erased)
  }
  await store.clearSamples(tx, log)
}

function sealedHashIn(payload: Uint8Array, index: number): Uint8Array | undefined {
  const entry = entryIn(payload, index)
  const wasSealed = entry !== undefined && (entry.sealed !== null || entry.sealedHash !== undefined)
  return wasSealed ? sealedHashOf(entry) : undefined
}

/** The payload with the hash in place of the part; undefined when the part is not in it. */
function erasedFrom(payload: Uint8Array, index: number): Uint8Array | undefined {
  const entry = entryIn(payload, index)
  const decoded = decodeBatch(payload, decompress)
  if (!decoded.ok || entry === undefined || entry.sealed === null) return undefined
  const { batch } = decoded
  const bare = { ...entry, sealed: null, sealedSalt: null, sealedHash: sealedHashOf(entry) }
  const entries = batch.entries.with(index - batch.firstIndex, bare)
  // A short part and its salt may be fewer bytes than the hash, and the batch as full as it can be.
  return encodeBatch({ ...batch, entries }, compressHard)
}

function entryIn(payload: Uint8Array, index: number): EventParts | undefined {
  const decoded = decodeBatch(payload, decompress)
  return decoded.ok ? decoded.batch.entries[index - decoded.batch.firstIndex] : undefined
}
