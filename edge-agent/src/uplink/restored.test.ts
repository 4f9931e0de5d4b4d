/** An older copy of a journal put back: found out by the cloud's receipt, before it forks. */
import { copyFile } from 'node:fs/promises'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { formatCheckpoint, openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Verifier, parseVkey, type Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { type TestAuthority, testAuthority, testCertificate } from '../enrol/testing.ts'
import { TEST_ORIGIN, type TestJournal, testJournal } from '../journal/testing.ts'
import { headSigner, sealAt } from '../seal/seal.ts'
import { startTestBroker, type TestBroker, type TestCloud, testCloud } from './testing.ts'
import { startUplink, type Uplink } from './uplink.ts'

const DEVICE = 'd0123456789ab'

let authority: TestAuthority
let broker: TestBroker
let cloud: TestCloud
let box: TestJournal
let uplink: Uplink
/** Sizes of the heads that left the machine. */
let heads: number[]

beforeEach(async () => {
  authority = await testAuthority()
  broker = await startTestBroker(authority)
  cloud = testCloud()
  cloud.attach(broker)
  heads = []
  broker.onPublish((_topic, payload) => {
    const decoded = decodeBatch(payload, decompress)
    const head = decoded.ok ? decoded.batch.head : ''
    const verifier = ed25519Verifier(TEST_ORIGIN, box.evidence.publicKey)
    const opened = openCheckpoint(head, TEST_ORIGIN, [verifier])
    if (opened.ok) heads.push(opened.checkpoint.size)
  })
  box = await testJournal()
  cloud.know(DEVICE, box.evidence.publicKey)
  uplink = await start()
})
afterEach(async () => {
  await uplink.stop()
  await broker.stop()
  await box.stop()
})

async function start(): Promise<Uplink> {
  const receiptVerifier = parseVkey(cloud.keys.receiptVkey)
  if (!receiptVerifier) throw new Error('the test cloud has a receipt key')
  const tls = { ...(await testCertificate(authority, DEVICE)), caPem: authority.certificatePem }
  return startUplink({
    journal: box.journal,
    signer: headSigner(TEST_ORIGIN, box.evidence.privateKey),
    ownVerifier: ed25519Verifier(TEST_ORIGIN, box.evidence.publicKey),
    deviceId: DEVICE,
    receiptVerifier,
    broker: { host: 'localhost', port: broker.port, tls },
    settings: { window: 4, receiptTimeoutMs: 1500 },
    clock: systemClock,
    random: () => 0,
    log: pino({ level: 'silent' }),
    onVoucher: () => undefined,
  })
}

async function record(count: number): Promise<number> {
  const size = await seal(count)
  uplink.sealed(size)
  return size
}

async function seal(count: number): Promise<number> {
  for (let n = 0; n < count; n += 1) await box.journal.append({ events: [{ kind: 'test' }] })
  const signer = headSigner(TEST_ORIGIN, box.evidence.privateKey)
  const { size } = await sealAt(box.journal, signer, box.journal.size())
  return size
}

/** Opens the journal at `path`, adds `count` events offline, and goes online. */
async function restart(path: string, count = 0): Promise<void> {
  await uplink.stop()
  await box.journal.close().catch(() => undefined)
  box.journal = await box.host.open({ path, origin: TEST_ORIGIN })
  if (count > 0) await seal(count)
  heads = []
  uplink = await start()
}

/** The journal goes on to 11 events; a copy of when there were 6 is put back and goes on too. */
async function putBack(count: number): Promise<string> {
  expect(await uplink.receipted(await record(5), 8000)).toBe(true)
  const copy = `${box.path}.copy`
  await uplink.stop()
  await box.journal.close()
  await copyFile(box.path, copy)
  await restart(box.path)
  expect(await uplink.receipted(await record(5), 8000)).toBe(true)
  await restart(copy, count)
  return copy
}

test.each([
  ['fewer events than the cloud knows', 2, 'ahead-of-journal'],
  ['more events than the cloud knows', 20, 'contradicts-journal'],
])('with %s the log ends before a second history leaves', async (_name, count, reason) => {
  const copy = await putBack(count)
  await expect.poll(() => uplink.status().contradiction, { timeout: 8000 }).toBe(reason)
  await expect.poll(() => box.journal.death()).toMatchObject({ reason, knownSize: 11 })
  expect(new Set(heads)).toEqual(new Set([6]))
  await restart(copy)
  expect(box.journal.death()).toMatchObject({ reason, knownSize: 11 })
  await expect.poll(() => uplink.status().connection.state, { timeout: 8000 }).toBe('connected')
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(heads).toEqual([])
  expect(uplink.status().contradiction).toBe(reason)
})

test('the newest copy is confirmed by the cloud and goes on', async () => {
  expect(await uplink.receipted(await record(5), 8000)).toBe(true)
  await restart(box.path)
  expect(await uplink.receipted(await record(3), 8000)).toBe(true)
  expect(heads[0]).toBe(6)
  expect(box.journal.death()).toBeUndefined()
})

const FORK = { v: 1, type: 'refused', code: 'fork', detail: 'two roots for size 3' } as const
const otherHead = (signer: Signer) =>
  signNote(formatCheckpoint({ origin: TEST_ORIGIN, size: 3, root: new Uint8Array(32).fill(7) }), [
    signer,
  ])

test('a second head under the own key ends the log, with that head as proof', async () => {
  const head = otherHead(headSigner(TEST_ORIGIN, box.evidence.privateKey))
  cloud.tamper = () => [{ ...FORK, heads: [head] }]
  await record(4)
  await expect
    .poll(() => box.journal.death(), { timeout: 8000 })
    .toMatchObject({ reason: 'fork-shown', knownSize: 3, proof: head })
})

test('a mere word of a fork, or a head of another key, ends nothing', async () => {
  const stranger = headSigner(TEST_ORIGIN, ed25519.generate().privateKey)
  cloud.tamper = () => [FORK, { ...FORK, heads: [otherHead(stranger), 'no note at all'] }]
  await record(4)
  await expect.poll(() => uplink.status().refusal?.code, { timeout: 8000 }).toBe('fork')
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(box.journal.death()).toBeUndefined()
  expect(uplink.status().contradiction).toBeNull()
})
