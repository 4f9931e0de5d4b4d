/**
 * Machines that send: each grows a log of its own, signs its head and sends a hundred events at a
 * time, as the agent does. One event in five is about money: sales of four events each, and between
 * them what a vending machine says of its cold store and its door.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { encodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { deviceOrigin } from '@tillproof/shared/ids.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { encodeBatch } from '@tillproof/shared/wire/batch.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'

export const CLOUD = 'bench.tillproof.local'
export const BATCH_EVENTS = 100
/** Sales that begin in a batch, of four events each; of the last, half comes in the next batch. */
export const BATCH_SALES = 5
export const SALE_EVENTS = 4
const CYCLE = BATCH_EVENTS / BATCH_SALES
/** Where in a cycle its sale begins: two events before the end. */
const SALE_AT = CYCLE - SALE_EVENTS / 2
const START_MS = 1_760_000_000_000

export type SentEvent = { event: OpenEvent; parts: EventParts; leaf: Uint8Array }
export type SentBatch = { machine: Machine; payload: Uint8Array; events: readonly SentEvent[] }
export type Machine = {
  deviceId: string
  origin: string
  evidenceKey: Uint8Array
  privateKey: Uint8Array
  tlsFingerprint: Uint8Array
  /** Its next hundred events, whether or not anybody took the last. */
  nextBatch(): SentBatch
}

export function newMachine(): Machine {
  const deviceId = `d${randomBytes(6).toString('hex')}`
  const origin = deviceOrigin(CLOUD, deviceId, 1)
  const { publicKey: evidenceKey, privateKey } = ed25519.generate()
  const tlsFingerprint = new Uint8Array(randomBytes(32))
  const signer = ed25519Signer(origin, privateKey)
  const clock = { ms: START_MS, bootId: new Uint8Array(randomBytes(8)) }
  const genesis = genesisOf(deviceId, evidenceKey, tlsFingerprint)
  let peaks = emptyPeaks
  const nextBatch = (): SentBatch => {
    const firstIndex = peaks.size
    const events = Array.from({ length: BATCH_EVENTS }, (_, at) =>
      sentEvent(
        clock,
        firstIndex + at,
        firstIndex + at === 0 ? genesis : fieldsOf(firstIndex + at),
      ),
    )
    peaks = appendLeaves(
      peaks,
      events.map(({ leaf }) => leaf),
    )
    const head = formatCheckpoint({ origin, size: peaks.size, root: rootOf(peaks) })
    const entries = events.map(({ parts }) => parts)
    const payload = encodeBatch({ firstIndex, entries, head: signNote(head, [signer]) }, compress)
    return { machine, payload, events }
  }
  const machine: Machine = {
    deviceId,
    origin,
    evidenceKey,
    privateKey,
    tlsFingerprint,
    nextBatch,
  }
  return machine
}

/** Everything of an event but its number and its times. */
type Fields = Omit<OpenEvent, 'index' | 'atMs' | 'monotonicMs' | 'bootId'>

function sentEvent(
  clock: { ms: number; bootId: Uint8Array },
  index: number,
  fields: Fields,
): SentEvent {
  clock.ms += 400 + Math.floor(Math.random() * 1200)
  const monotonicMs = clock.ms - START_MS
  const event = { index, atMs: clock.ms, monotonicMs, bootId: clock.bootId, ...fields }
  const openSalt = new Uint8Array(randomBytes(16))
  const parts = { open: encodeOpen(event), openSalt, sealed: null, sealedSalt: null }
  return { event, parts, leaf: leafHash(commit(parts)) }
}

const PRICES = [250n, 300n, 350n, 500n] as const
const ORDERED = { currency: 'CNY' } as const

function fieldsOf(index: number): Fields {
  const step = (index + CYCLE - SALE_AT) % CYCLE
  const sale = index - step
  if (step >= SALE_EVENTS || sale < 0) return telemetry(step)
  const amountMinor = PRICES[sale % PRICES.length] ?? PRICES[0]
  const item = `A${sale % 40}`
  const steps: readonly Fields[] = [
    { kind: 'sale.requested', sale, amountMinor, ...ORDERED, item },
    { kind: 'payment.seen', sale, orderId: randomUUID() },
    { kind: 'sale.approved', sale, amountMinor, ...ORDERED },
    { kind: 'sale.result', sale, result: 'success', amountMinor, ...ORDERED },
  ]
  return steps[step] ?? telemetry(step)
}

function telemetry(step: number): Fields {
  if (step === 9) return { kind: 'door.opened' }
  if (step === 10) return { kind: 'door.closed' }
  const celsiusTenths = 30 + Math.floor(Math.random() * 25)
  const compressor = Math.random() < 0.5
  return { kind: 'custom', detail: { name: 'temperature', celsiusTenths, compressor } }
}

function genesisOf(deviceId: string, evidenceKey: Uint8Array, tlsFingerprint: Uint8Array): Fields {
  const facts = { model: 'Vendo 500', controllerSerial: deviceId, agentVersion: '0.1.0' }
  return { kind: 'genesis', genesis: { ...facts, evidenceKey, tlsFingerprint } }
}
