/**
 * One batch's way in: check it against the log, and commit the batch as it came, the facts drawn
 * from it, the device's head and the staged leaf of the cloud's log in one transaction. Only then
 * is the receipt, signed and stored in that transaction, given out. A crash before the commit
 * leaves nothing; a crash after it is healed by the machine sending again.
 */
import { equal, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { completedSubtrees } from '@tillproof/shared/merkle/completed.ts'
import { growthProof } from '@tillproof/shared/merkle/growth.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { type Batch, decodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { encodeHeadSidecar } from '@tillproof/shared/wire/head-sidecar.ts'
import { formatReceipt } from '@tillproof/shared/wire/receipt.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { LiveNote } from '../../platform/db/live-notes.ts'
import { incidentsOf } from '../incidents/incident.ts'
import { openIncident, openWatched } from '../incidents/store.ts'
import { checkBatch, type Refusal, readEvents, refuse, type Verdict } from './check.ts'
import { eraseAsTold, withoutErased } from './erase.ts'
import { factsOf, instantOf } from './facts.ts'
import { type ChangedSale, insertFacts } from './facts-store.ts'
import * as store from './store.ts'

export type IngestDeps = {
  db: Db
  /** Signs receipts. */
  receiptSigner: Signer
  nowMs(): number
  /** Told after a commit that brought something new, and what open dashboards may want to know. */
  onAccepted(operatorId: string, notes: readonly LiveNote[]): void
}

/** @param deviceId from the topic, which the broker vouches for, never from the payload. */
export async function ingest(
  deps: IngestDeps,
  deviceId: string,
  payload: Uint8Array,
): Promise<ReceiptMessage> {
  const decoded = decodeBatch(payload, decompress)
  const outcome = await deps.db.withSystem(
    async tx => {
      const result = decoded.ok
        ? await apply(deps, tx, { deviceId, payload, batch: decoded.batch })
        : refuse(decoded.refused, 'the payload cannot be read')
      if (result.kind === 'refused') {
        const { code, detail } = result
        await store.countRefusal(tx, { deviceId, code, detail, payload })
      }
      return result
    },
    { idempotent: true },
  )
  if (outcome.kind === 'accepted') deps.onAccepted(outcome.operatorId, outcome.notes)
  return messageOf(outcome)
}

type Outcome =
  | { kind: 'accepted'; operatorId: string; receipt: string; notes: LiveNote[] }
  | { kind: 'repeated'; receipt: string }
  | { kind: 'gap'; resendFrom: number }
  | Refusal

function messageOf(outcome: Outcome): ReceiptMessage {
  switch (outcome.kind) {
    case 'accepted':
    case 'repeated':
      return { v: 1, type: 'receipt', note: outcome.receipt }
    case 'gap':
      return { v: 1, type: 'resend', fromIndex: outcome.resendFrom }
    case 'refused':
      return refusalOf(outcome)
  }
}

function refusalOf({ code, detail, heads }: Refusal): ReceiptMessage {
  const message = { v: 1, type: 'refused', code, detail: detail.slice(0, 400) } as const
  return heads === undefined ? message : { ...message, heads }
}

type Incoming = { deviceId: string; payload: Uint8Array; batch: Batch }

async function apply(deps: IngestDeps, tx: Tx, incoming: Incoming): Promise<Outcome> {
  const log = await store.lockLog(tx, incoming.deviceId)
  if (log === undefined) return refuse('unknown-device', 'no such device is registered')
  if (log.status !== 'active') return refuse('quarantined', `the device is ${log.status}`)
  const leaves = (from: number, to: number) => store.leafHashes(tx, log, from, to)
  const verdict = await checkBatch(log, incoming.batch, { leaves })
  switch (verdict.kind) {
    case 'refused':
    case 'gap':
      return verdict
    case 'known':
      // An empty log has no receipt; then there is nothing to give but the question.
      return log.receipt === null
        ? { kind: 'gap', resendFrom: log.peaks.size }
        : { kind: 'repeated', receipt: log.receipt }
    case 'fork':
      return accuse(tx, log, incoming, verdict.detail)
    case 'new':
      return accept(deps, tx, { log, incoming, verdict })
  }
}

/** Keeps both signed heads as proof, and ends this log. */
async function accuse(
  tx: Tx,
  log: store.LockedLog,
  { payload, batch }: Incoming,
  detail: string,
): Promise<Outcome> {
  await store.quarantine(tx, log)
  await openIncident(tx, {
    operatorId: log.operatorId,
    deviceId: log.deviceId,
    kind: 'fork',
    detail: { reason: detail, origin: log.origin, knownHead: log.head, otherHead: batch.head },
    proof: await withoutErased(tx, log, batch, payload),
  })
  const heads = log.head === null ? [batch.head] : [log.head, batch.head]
  return { ...refuse('fork', detail), heads }
}

type Growth = {
  log: store.LockedLog
  incoming: Incoming
  verdict: Extract<Verdict, { kind: 'new' }>
}

async function accept(deps: IngestDeps, tx: Tx, growth: Growth): Promise<Outcome> {
  const { log, incoming, verdict } = growth
  const { batch, payload } = incoming
  const fresh = batch.entries.slice(verdict.from - batch.firstIndex)
  const read = readEvents(fresh, verdict.from)
  if (!('ok' in read)) return read
  const misfit = await genesisMisfit(tx, log, read.events)
  if (misfit !== undefined) return refuse('bad-event', misfit)

  const nowMs = deps.nowMs()
  const { size, root } = verdict.head
  const text = formatReceipt({ origin: log.origin, size, root, atMs: nowMs })
  const receipt = signNote(text, [deps.receiptSigner])
  const last = read.events.at(-1)
  await store.appendBatch(tx, {
    log,
    firstIndex: verdict.from,
    payload: await withoutErased(tx, log, batch, payload),
    leaves: verdict.leaves,
    nodes: completedSubtrees(log.peaks, verdict.leaves),
    peaks: verdict.peaks,
    root,
    head: batch.head,
    receipt,
    receivedAt: new Date(nowMs),
    lastEventAt: last === undefined ? new Date(nowMs) : instantOf(last),
  })
  const sidecar = encodeHeadSidecar({
    previousSize: log.peaks.size,
    previousRoot: log.root,
    evidenceKey: log.evidenceKey,
    proof: growthProof(log.peaks, verdict.leaves),
  })
  await stageLeaf(tx, { type: 'device-head', body: utf8(batch.head), ref: log.origin, sidecar })
  await eraseAsTold(tx, log.deviceId, log.epoch, read.events)
  const changed = await insertFacts(tx, log, factsOf(read.events))
  const opened = await openWatched(tx, log, incidentsOf(read.events))
  const notes = [...notesOf(log, size, changed), ...incidentNotes(log, opened)]
  return { kind: 'accepted', operatorId: log.operatorId, receipt, notes }
}

/** The first event binds the log to the registered keys; any other is not this machine. */
async function genesisMisfit(
  tx: Tx,
  log: store.LockedLog,
  events: readonly OpenEvent[],
): Promise<string | undefined> {
  const genesis = events[0]?.index === 0 ? events[0].genesis : undefined
  if (genesis === undefined) return undefined
  if (!equal(genesis.evidenceKey, log.evidenceKey)) return 'genesis names another evidence key'
  const owns = await store.ownsCertificate(tx, log.deviceId, genesis.tlsFingerprint)
  return owns ? undefined : 'genesis names a certificate of somebody else'
}

/** Dashboards need to hear that there is news; they read the rest. */
const MOST_SALES_TOLD = 20

function notesOf(log: store.LockedLog, size: number, changed: ChangedSale[]): LiveNote[] {
  const { operatorId, deviceId, epoch } = log
  const note = (type: string, payload: object) => ({ operatorId, deviceId, type, payload })
  const sales = changed.slice(0, MOST_SALES_TOLD).map(sale => note('sale', sale))
  return [note('batch', { epoch, size }), ...sales]
}

function incidentNotes({ operatorId, deviceId }: store.LockedLog, opened: object[]): LiveNote[] {
  return opened.map(payload => ({ operatorId, deviceId, type: 'incident', payload }))
}
