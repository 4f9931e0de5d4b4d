/**
 * Batches' way in: check each against its log, and commit the batch as it came, the facts drawn
 * from it, the device's head and the staged leaf of the cloud's log in one transaction. Only then
 * is the receipt, signed and stored in that transaction, given out. A crash before the commit
 * leaves nothing; a crash after it is healed by the machine sending again.
 */
import { verifiedAside } from '@tillproof/shared/note/aside.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { type Batch, type DecodedBatch, decodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { LiveNote } from '../../platform/db/live-notes.ts'
import { openIncident } from '../incidents/store.ts'
import { checkBatch, type Refusal, refuse } from './check.ts'
import { withoutErased } from './erase.ts'
import { type GrownLog, growLog, type News, storeGrowth } from './growth.ts'
import * as store from './store.ts'

export type IngestDeps = {
  db: Db
  /** Signs receipts. */
  receiptSigner: Signer
  nowMs(): number
  /** Told after a commit that brought something new, and what open dashboards may want to know. */
  onAccepted(operatorId: string, notes: readonly LiveNote[]): void
}

/** A batch as it arrived; the device comes from the topic, which the broker vouches for. */
export type Arrival = { deviceId: string; payload: Uint8Array }

/** One machine's batch alone. */
export async function ingest(
  deps: IngestDeps,
  deviceId: string,
  payload: Uint8Array,
): Promise<ReceiptMessage> {
  const [answer] = await ingestTogether(deps, [{ deviceId, payload }])
  return answer ?? messageOf(refuse('malformed', 'nothing arrived'))
}

/**
 * Batches of different machines, committed together; the answers in their order. Each is judged by
 * itself: a refused one takes no other with it. What the database refuses it refuses for all, and
 * nothing is stored then.
 */
export async function ingestTogether(
  deps: IngestDeps,
  arrivals: readonly Arrival[],
): Promise<ReceiptMessage[]> {
  const incoming = arrivals.map(arrival => ({
    ...arrival,
    decoded: decodeBatch(arrival.payload, decompress),
  }))
  const outcomes = await deps.db.withSystem(tx => applyAll(deps, tx, incoming), {
    idempotent: true,
  })
  for (const outcome of outcomes) {
    if (outcome.kind === 'accepted') deps.onAccepted(outcome.operatorId, outcome.notes)
  }
  return outcomes.map(messageOf)
}

type Accepted = { kind: 'accepted'; operatorId: string; receipt: string; notes: LiveNote[] }
type Settled = { kind: 'repeated'; receipt: string } | { kind: 'gap'; resendFrom: number } | Refusal
type Outcome = Accepted | Settled

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

type Incoming = Arrival & { decoded: DecodedBatch }

async function applyAll(
  deps: IngestDeps,
  tx: Tx,
  incoming: readonly Incoming[],
): Promise<Outcome[]> {
  const deviceIds = incoming.map(({ deviceId }) => deviceId)
  const logs = await verifyHeads(incoming, await store.lockLogs(tx, deviceIds))
  const judged: (GrownLog | Settled)[] = []
  for (const each of incoming) {
    const result = await judge(deps, tx, each, logs.get(each.deviceId))
    judged.push(result)
    if (result.kind === 'refused') await store.countRefusal(tx, { ...each, ...result })
  }
  const accepted = await storeGrowth(
    tx,
    judged.filter(each => each.kind === 'grown'),
  )
  return judged.map(each => (each.kind === 'grown' ? acceptedOf(each, accepted) : each))
}

/** All signatures at once, aside; what comes of each is asked when its batch is judged. */
async function verifyHeads(
  incoming: readonly Incoming[],
  logs: ReadonlyMap<string, store.LockedLog>,
): Promise<ReadonlyMap<string, store.LockedLog>> {
  const verified = incoming.map(async ({ deviceId, decoded }) => {
    const log = logs.get(deviceId)
    if (log === undefined || !decoded.ok) return []
    const verifier = await verifiedAside(decoded.batch.head, log.verifier)
    return [[deviceId, { ...log, verifier }] as const]
  })
  return new Map((await Promise.all(verified)).flat())
}

async function judge(
  deps: IngestDeps,
  tx: Tx,
  { deviceId, payload, decoded }: Incoming,
  log: store.LockedLog | undefined,
): Promise<GrownLog | Settled> {
  if (!decoded.ok) return refuse(decoded.refused, 'the payload cannot be read')
  if (log === undefined) return refuse('unknown-device', 'no such device is registered')
  if (log.status !== 'active') return refuse('quarantined', `the device is ${log.status}`)
  const { batch } = decoded
  const leaves = (from: number, to: number) => store.leafHashes(tx, log, from, to)
  const verdict = await checkBatch(log, batch, { leaves })
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
      return accuse(tx, log, { deviceId, payload, batch }, verdict.detail)
    case 'new':
      return growLog(deps, tx, { log, batch, payload, growth: verdict })
  }
}

/** Keeps both signed heads as proof, and ends this log. */
async function accuse(
  tx: Tx,
  log: store.LockedLog,
  { payload, batch }: Arrival & { batch: Batch },
  detail: string,
): Promise<Refusal> {
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

/** Dashboards need to hear that there is news; they read the rest. */
const MOST_SALES_TOLD = 20

function acceptedOf({ log, batch }: GrownLog, { sales, incidents }: News): Accepted {
  const { operatorId, deviceId, epoch } = log
  const note = (type: string, payload: object) => ({ operatorId, deviceId, type, payload })
  const changed = sales.filter(sale => sale.deviceId === deviceId).slice(0, MOST_SALES_TOLD)
  const opened = incidents.filter(incident => incident.deviceId === deviceId)
  const notes = [
    note('batch', { epoch, size: batch.peaks.size }),
    ...changed.map(({ id, state }) => note('sale', { id, state })),
    ...opened.map(({ id, kind }) => note('incident', { id, kind })),
  ]
  return { kind: 'accepted', operatorId, receipt: batch.receipt, notes }
}
