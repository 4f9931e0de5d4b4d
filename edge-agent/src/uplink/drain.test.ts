/** A month's backlog goes up at its pace, and new facts are committed as quickly meanwhile. */
import { ed25519Verifier, parseVkey } from '@tillproof/shared/note/key.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { testAuthority, testCertificate } from '../enrol/testing.ts'
import type { EventDraft } from '../journal/event-store.ts'
import { TEST_ORIGIN, type TestJournal, testJournal } from '../journal/testing.ts'
import { headSigner, type Sealing, startSealing } from '../seal/seal.ts'
import { startTestBroker, type TestBroker, type TestCloud, testCloud } from './testing.ts'
import { startUplink, type Uplink } from './uplink.ts'

const DEVICE = 'd0123456789ab'
const BACKLOG = 50_000
const PER_SECOND = 8
const fact = (turn: number): EventDraft => ({ kind: 'test', fields: { detail: { turn } } })

let broker: TestBroker
let cloud: TestCloud
let box: TestJournal
let uplink: Uplink
let sealing: Sealing
let sentAtMs: number[]

beforeEach(async () => {
  const authority = await testAuthority()
  broker = await startTestBroker(authority)
  cloud = testCloud()
  cloud.attach(broker)
  sentAtMs = []
  broker.onPublish(() => sentAtMs.push(performance.now()))
  box = await testJournal()
  cloud.know(DEVICE, box.evidence.publicKey)
  for (let turn = 0; turn < BACKLOG; turn += 500) {
    const events = Array.from({ length: 500 }, (_, more) => fact(turn + more))
    await box.journal.append({ events })
  }
  const receiptVerifier = parseVkey(cloud.keys.receiptVkey)
  if (!receiptVerifier) throw new Error('the test cloud has a receipt key')
  const signer = headSigner(TEST_ORIGIN, box.evidence.privateKey)
  const tls = { ...(await testCertificate(authority, DEVICE)), caPem: authority.certificatePem }
  const shared = { journal: box.journal, signer, clock: systemClock }
  uplink = await startUplink({
    ...shared,
    ownVerifier: ed25519Verifier(TEST_ORIGIN, box.evidence.publicKey),
    deviceId: DEVICE,
    receiptVerifier,
    broker: { host: 'localhost', port: broker.port, tls },
    settings: { window: 4, receiptTimeoutMs: 20_000, drainBatchesPerSecond: PER_SECOND },
    random: () => 0,
    log: pino({ level: 'silent' }),
    onVoucher: () => undefined,
  })
  const onSealed = ({ size }: { size: number }) => uplink.sealed(size)
  const onError = (error: Error) => expect.unreachable(error.message)
  sealing = startSealing({ ...shared, intervalMs: 200, onSealed, onError }, 0)
}, 120_000)
afterEach(async () => {
  sealing.stop()
  await uplink.stop()
  await broker.stop()
  await box.stop()
})

/** Commits one event every 20 ms until `isDone`; answers how long each took, in ms, sorted. */
async function commitMeanwhile(isDone: () => boolean): Promise<number[]> {
  const tookMs: number[] = []
  while (!isDone()) {
    const before = performance.now()
    const result = await box.journal.append({ events: [fact(tookMs.length)] })
    expect(result.ok).toBe(true)
    tookMs.push(performance.now() - before)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return tookMs.sort((a, b) => a - b)
}

test('50,000 events arrive in order, no faster than asked, and new ones do not wait', {
  timeout: 120_000,
}, async () => {
  const tookMs = await commitMeanwhile(() => uplink.status().receiptedSize > BACKLOG)
  const drained = cloud.accepted.filter(size => size <= BACKLOG).length
  const spanMs = (sentAtMs[drained - 1] ?? 0) - (sentAtMs[0] ?? 0)
  expect(drained).toBeGreaterThan(8)
  // Each batch waits a full space after the one before; arrival may lag a little.
  expect(spanMs).toBeGreaterThan(((drained - 1) * 1000 * 0.9) / PER_SECOND)
  expect(cloud.accepted).toEqual(cloud.accepted.toSorted((a, b) => a - b))
  const at = (share: number) => tookMs[Math.floor(tookMs.length * share)] ?? 0
  expect(tookMs.length).toBeGreaterThan(20)
  expect(at(0.5)).toBeLessThan(100)
  expect(at(0.95)).toBeLessThan(500)
  const { size } = await sealing.sealNow()
  expect(await uplink.receipted(size, 20_000)).toBe(true)
  expect(cloud.size(DEVICE)).toBe(size)
})
