/**
 * What taking events in costs: batches as machines send them, verified, drawn out, receipted and
 * committed by the cloud's own ingest, against a bare COPY of one row an event, and against a
 * signature verified for each event before that COPY; and what an event weighs on its way.
 */

import { ingestTogether } from '@tillproof/cloud/machines/ingest/ingest.ts'
import { INGEST_LIMITS } from '@tillproof/cloud/machines/ingest/service.ts'
import { turns } from '@tillproof/cloud/machines/ingest/turns.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { asOwner, type BenchDatabase, startBenchServer } from '../database.ts'
import { type SignedEvents, signEach, verifyEach } from '../evidence/baselines.ts'
import type { Progress } from '../progress.ts'
import { allMet, atMost, type BenchResult, ratioOf } from '../result.ts'
import {
  type Contestant,
  raceInRounds,
  type Timings,
  timesFaster,
  unitsPerSecond,
} from '../rounds.ts'
import { type CopiedEvents, openCopiedEvents, type Rows, rowsOf } from './copied-events.ts'
import { enrol } from './enrolled.ts'
import {
  BATCH_EVENTS,
  BATCH_SALES,
  CLOUD,
  type Machine,
  newMachine,
  SALE_EVENTS,
  type SentBatch,
} from './fleet.ts'
import { bytesOnTheWire } from './on-the-wire.ts'

const LANES = INGEST_LIMITS.atOnce
/** A signature costs the same each: this many batches a lane tell what one costs. */
const SIGNED_BATCHES = 16

export type IngestSettings = { machines: number; batches: number; rounds: number }

export async function benchIngest(
  settings: IngestSettings,
  progress: Progress,
): Promise<BenchResult> {
  const server = await startBenchServer()
  try {
    const database = await server.newDatabase()
    const copied = await openCopiedEvents(database.ownerUrl, LANES)
    try {
      return await measure(settings, database, copied, progress)
    } finally {
      await copied.close()
    }
  } finally {
    await server.close()
  }
}

async function measure(
  settings: IngestSettings,
  { db, ownerUrl }: BenchDatabase,
  rows: CopiedEvents,
  progress: Progress,
): Promise<BenchResult> {
  const fleet = () => Array.from({ length: settings.machines }, newMachine)
  const sending = fleet()
  const operatorId = await enrol(db, sending)
  const ingested = ingester(db, sending, settings.batches, progress)
  const table = { rows, operatorId }
  const contestants = [
    ingested,
    copier('copied', table, fleet(), settings.batches, 1),
    copier('copied by two', table, fleet(), settings.batches, 2),
    signedCopier(table, fleet()),
  ]
  const timings = await raceInRounds(contestants, settings.rounds, () => performance.now())
  await checkStored(ownerUrl, ingested.sent(), sending.length)
  return resultOf(
    settings,
    timings,
    sending.map(machine => machine.nextBatch()),
  )
}

type Table = { rows: CopiedEvents; operatorId: string }

/** What all machines send in a round. */
function roundOf(machines: readonly Machine[], batches: number): SentBatch[] {
  return Array.from({ length: batches }, () => machines.map(each => each.nextBatch())).flat()
}

/** By the queue of the cloud's ingest, so that as many are committed together as there. */
function ingester(
  db: Db,
  machines: readonly Machine[],
  batches: number,
  progress: Progress,
): Contestant & { sent(): number } {
  const { privateKey } = ed25519.generate()
  const receiptSigner = ed25519Signer(`${CLOUD}/receipts`, privateKey)
  const deps = { db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
  let round: SentBatch[] = []
  let sent = 0
  return {
    name: 'ingested',
    sent: () => sent,
    async prepare() {
      progress(`taking events in: ${sent} so far`)
      round = roundOf(machines, batches)
    },
    async run() {
      let receipts = 0
      const queue = turns<{ deviceId: string; payload: Uint8Array }>(INGEST_LIMITS, async group => {
        const answers = await ingestTogether(deps, group)
        receipts += answers.filter(({ type }) => type === 'receipt').length
      })
      for (const { machine, payload } of round) {
        queue.add(machine.deviceId, payload.length, { deviceId: machine.deviceId, payload })
      }
      await queue.idle()
      if (receipts !== round.length) throw notTaken(`${receipts} of ${round.length} batches`)
      sent += round.length
      return round.length * BATCH_EVENTS
    },
  }
}

function copier(
  name: string,
  { rows, operatorId }: Table,
  machines: readonly Machine[],
  batches: number,
  atOnce: number,
): Contestant {
  let transactions: Rows[] = []
  return {
    name,
    async prepare() {
      transactions = transactionsOf(operatorId, roundOf(machines, batches))
    },
    run: () => rows.copy(transactions, atOnce),
  }
}

function transactionsOf(operatorId: string, batches: readonly SentBatch[]): Rows[] {
  const { together } = INGEST_LIMITS
  const count = Math.ceil(batches.length / together)
  return Array.from({ length: count }, (_, at) =>
    rowsOf(operatorId, batches.slice(at * together, (at + 1) * together)),
  )
}

/** Each event verified by itself before it is copied. */
function signedCopier({ rows, operatorId }: Table, machines: readonly Machine[]): Contestant {
  let transactions: Rows[] = []
  let signatures = new Map<SentBatch, SignedEvents>()
  return {
    name: 'signed each',
    async prepare() {
      const batches = roundOf(machines, 1).slice(0, SIGNED_BATCHES * LANES)
      signatures = new Map(batches.map(batch => [batch, signed(batch)]))
      transactions = [batches.slice(0, SIGNED_BATCHES), batches.slice(SIGNED_BATCHES)].map(half =>
        rowsOf(operatorId, half),
      )
    },
    run: () =>
      rows.copy(transactions, LANES, ({ batches }) => {
        const sound = batches.every(batch => {
          const events = signatures.get(batch)
          return events !== undefined && verifyEach(events)
        })
        if (!sound) throw notTaken('a signature')
      }),
  }
}

const signed = ({ machine, events }: SentBatch): SignedEvents =>
  signEach(
    events.map(({ parts }) => parts),
    machine.privateKey,
  )

/** All that was receipted lies there, and all that it says of sales. */
async function checkStored(ownerUrl: string, batches: number, machines: number): Promise<void> {
  const stored = await asOwner(ownerUrl, async client => {
    const { rows } = await client.query<{ events: string; sales: string; said: string }>(
      `select (select sum(size_after - first_index) from device_batches) as events,
         (select count(*) from sales) as sales,
         (select sum(cardinality(indexes)) from sale_events) as said`,
    )
    return rows[0]
  })
  const events = batches * BATCH_EVENTS
  const sales = batches * BATCH_SALES
  // Of each machine's last sale, the second half was not sent yet.
  const said = sales * SALE_EVENTS - machines * (SALE_EVENTS / 2)
  const found = [stored?.events, stored?.sales, stored?.said].map(Number)
  const sent = [events, sales, said]
  if (found.join() !== sent.join())
    throw notTaken(`${found} events, sales, their events of ${sent}`)
}

function resultOf(
  settings: IngestSettings,
  timings: Timings,
  batches: readonly SentBatch[],
): BenchResult {
  const faster = (than: string) => timesFaster(timings, 'ingested', than)
  const sizes = bytesOnTheWire(batches)
  const ratios = [
    ratioOf('take events in / copy one row each', faster('copied'), 1),
    ratioOf('take events in / copy by two connections', faster('copied by two'), null),
    ratioOf('take events in / a signature each, then copy', faster('signed each'), 10),
    atMost('bytes of an event on the wire / JSON with a JWS each', sizes.batch / sizes.jws, 1 / 3),
    ratioOf('the same, a batch of JWSs compressed', sizes.batch / sizes.packed, null),
  ]
  return {
    suite: 'ingest',
    settings,
    ratios,
    perSecond: {
      'events taken in': unitsPerSecond(timings, 'ingested'),
      'events copied': unitsPerSecond(timings, 'copied'),
      'events verified each and copied': unitsPerSecond(timings, 'signed each'),
    },
    sizes: {
      'events a batch': BATCH_EVENTS,
      'batches a transaction, at most': INGEST_LIMITS.together,
      'bytes an event in a batch': sizes.batch,
      'bytes an event as a JWS': sizes.jws,
      'bytes an event as a JWS, compressed': sizes.packed,
    },
    met: allMet(ratios),
  }
}

function notTaken(what: string): TillproofError {
  return new TillproofError(
    'bench.not-taken-in',
    `The benchmark did not take in all that was sent: ${what}.`,
    'Run the tests of ingest; this is a fault in the program.',
  )
}
