/**
 * What batches add to their logs: the events are read, the receipt is signed, and all that they
 * bring is stored, of however many machines, in a handful of statements.
 */
import { equal, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { growthProof } from '@tillproof/shared/merkle/growth.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import type { Batch } from '@tillproof/shared/wire/batch.ts'
import { encodeHeadSidecar } from '@tillproof/shared/wire/head-sidecar.ts'
import { formatReceipt } from '@tillproof/shared/wire/receipt.ts'
import { type NewLeaf, stageLeaves } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import { answerOrders } from '../audits/answer.ts'
import { incidentsOf } from '../incidents/incident.ts'
import { openWatched } from '../incidents/store.ts'
import { type Growth, type Refusal, readEvents, refuse } from './check.ts'
import { eraseAsTold, withoutErased } from './erase.ts'
import { factsOf, instantOf } from './facts.ts'
import { type ChangedSale, insertFacts } from './facts-store.ts'
import * as store from './store.ts'

export type GrowthDeps = { receiptSigner: Signer; nowMs(): number }

/** A batch that extends its log, not stored yet. */
export type GrownLog = {
  kind: 'grown'
  log: store.LockedLog
  batch: store.NewBatch
  events: readonly OpenEvent[]
}
/** What was stored that somebody may want to hear of. */
export type News = { sales: ChangedSale[]; incidents: OpenedIncident[] }
type OpenedIncident = { deviceId: string; id: string; kind: string }

type Extending = { log: store.LockedLog; batch: Batch; payload: Uint8Array; growth: Growth }

export async function growLog(
  { receiptSigner, nowMs }: GrowthDeps,
  tx: Tx,
  { log, batch, payload, growth }: Extending,
): Promise<GrownLog | Refusal> {
  const fresh = batch.entries.slice(growth.from - batch.firstIndex)
  const read = readEvents(fresh, growth.from)
  if (!('ok' in read)) return read
  const { events } = read
  const misfit = await genesisMisfit(tx, log, events)
  if (misfit !== undefined) return refuse('bad-event', misfit)

  const receivedAt = new Date(nowMs())
  const { size, root } = growth.head
  const receipt = formatReceipt({ origin: log.origin, size, root, atMs: receivedAt.getTime() })
  const last = events.at(-1)
  const stored = {
    log,
    firstIndex: growth.from,
    payload: await withoutErased(tx, log, batch, payload),
    leaves: growth.leaves,
    nodes: growth.nodes,
    peaks: growth.peaks,
    root,
    head: batch.head,
    receipt: signNote(receipt, [receiptSigner]),
    receivedAt,
    lastEventAt: last === undefined ? receivedAt : instantOf(last),
  }
  return { kind: 'grown', log, batch: stored, events }
}

/** Each log comes once. */
export async function storeGrowth(tx: Tx, grown: readonly GrownLog[]): Promise<News> {
  if (grown.length === 0) return { sales: [], incidents: [] }
  await store.appendBatches(
    tx,
    grown.map(({ batch }) => batch),
  )
  await stageLeaves(tx, grown.map(leafOf))
  for (const { log, events } of grown) {
    await eraseAsTold(tx, log.deviceId, log.epoch, events)
    await answerOrders(tx, log, events)
  }
  const facts = grown.map(({ log, events }) => ({ log, facts: factsOf(events) }))
  const sales = await insertFacts(tx, facts)
  const incidents: OpenedIncident[] = []
  for (const { log, events } of grown) {
    const { deviceId } = log
    const opened = await openWatched(tx, log, incidentsOf(events))
    incidents.push(...opened.map(({ id, kind }) => ({ deviceId, id, kind })))
  }
  return { sales, incidents }
}

function leafOf({ log, batch }: GrownLog): NewLeaf {
  const sidecar = encodeHeadSidecar({
    previousSize: log.peaks.size,
    previousRoot: log.root,
    evidenceKey: log.verifier.publicKey,
    proof: growthProof({ peaks: log.peaks, fresh: batch.leaves, completed: batch.nodes }),
  })
  return { type: 'device-head', body: utf8(batch.head), ref: log.origin, sidecar }
}

/** The first event binds the log to the registered keys; any other is not this machine. */
async function genesisMisfit(
  tx: Tx,
  log: store.LockedLog,
  events: readonly OpenEvent[],
): Promise<string | undefined> {
  const genesis = events[0]?.index === 0 ? events[0].genesis : undefined
  if (genesis === undefined) return undefined
  const { publicKey } = log.verifier
  if (!equal(genesis.evidenceKey, publicKey)) return 'genesis names another evidence key'
  const owns = await store.ownsCertificate(tx, log.deviceId, genesis.tlsFingerprint)
  return owns ? undefined : 'genesis names a certificate of somebody else'
}
