/** Uplink against a real broker: backlog, lost and forged receipts, resends, refusals. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer, ed25519Verifier, parseVkey } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { MAX_BATCH_BYTES } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { formatReceipt } from '@tillproof/shared/wire/receipt.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { type TestAuthority, testAuthority, testCertificate } from '../enrol/testing.ts'
import type { EventDraft } from '../journal/event-store.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { headSigner, sealAt } from '../seal/seal.ts'
import { startTestBroker, type TestBroker, type TestCloud, testCloud } from './testing.ts'
import { startUplink, type Uplink } from './uplink.ts'

const DEVICE = 'd0123456789ab'
const fact = (turn: number): EventDraft => ({ kind: 'test', fields: { detail: { turn } } })

let authority: TestAuthority
let broker: TestBroker
let cloud: TestCloud
let box: TestJournal
let vouchers: string[]
const running: Uplink[] = []

beforeEach(async () => {
  authority = await testAuthority()
  broker = await startTestBroker(authority)
  cloud = testCloud()
  cloud.attach(broker)
  box = await testJournal()
  cloud.know(DEVICE, box.evidence.publicKey)
  vouchers = []
})
afterEach(async () => {
  for (const uplink of running.splice(0)) await uplink.stop()
  await broker.stop()
  await box.stop()
})

async function start(settings = { window: 4, receiptTimeoutMs: 1500 }): Promise<Uplink> {
  const receiptVerifier = parseVkey(cloud.keys.receiptVkey)
  if (!receiptVerifier) throw new Error('the test cloud has a receipt key')
  const tls = { ...(await testCertificate(authority, DEVICE)), caPem: authority.certificatePem }
  const uplink = await startUplink({
    journal: box.journal,
    signer: headSigner(box.journal.origin, box.evidence.privateKey),
    ownVerifier: ed25519Verifier(box.journal.origin, box.evidence.publicKey),
    deviceId: DEVICE,
    receiptVerifier,
    broker: { host: 'localhost', port: broker.port, tls },
    settings,
    clock: systemClock,
    random: () => 0,
    log: pino({ level: 'silent' }),
    onVoucher: text => vouchers.push(text),
  })
  running.push(uplink)
  return uplink
}

/** Appends `count` events, seals, and tells the uplink. */
async function record(uplink: Uplink, count: number): Promise<number> {
  const facts = Array.from({ length: count }, (_, turn) => fact(turn))
  await Promise.all(facts.map(event => box.journal.append({ events: [event] })))
  const signer = headSigner(box.journal.origin, box.evidence.privateKey)
  const { size } = await sealAt(box.journal, signer, box.journal.size())
  uplink.sealed(size)
  return size
}

async function until(isTrue: () => boolean, patienceMs = 10_000): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs && !isTrue(); waitedMs += 25) {
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  expect(isTrue()).toBe(true)
}

test('events reach the cloud and the receipt reaches the journal', async () => {
  const uplink = await start()
  const size = await record(uplink, 20)
  expect(await uplink.receipted(size, 8000)).toBe(true)
  expect(cloud.size(DEVICE)).toBe(21)
  expect(await box.journal.newestReceipt()).toMatchObject({ size: 21 })
  expect(uplink.status()).toMatchObject({
    connection: { state: 'connected' },
    receiptedSize: 21,
    contradiction: null,
  })
})

test('what was recorded offline goes up in order when the broker comes back', async () => {
  const uplink = await start()
  await record(uplink, 1)
  await until(() => cloud.size(DEVICE) === 2)
  const { port } = broker
  await broker.stop()
  await until(() => uplink.status().connection.state !== 'connected')
  const size = await record(uplink, 50)
  expect(await uplink.receipted(size, 300)).toBe(false)
  broker = await startTestBroker(authority, port)
  cloud.attach(broker)
  expect(await uplink.receipted(size, 20_000)).toBe(true)
  expect(cloud.size(DEVICE)).toBe(52)
})

test('a long backlog is cut into payloads that the broker takes', async () => {
  const text = (turn: number) => `${turn}-`.padEnd(900, String.fromCharCode(65 + (turn % 26)))
  const random = Array.from({ length: 600 }, () => Buffer.from(ed25519.generate().privateKey))
  const events = random.map((bytes, turn): EventDraft => {
    const detail = { note: text(turn), key: bytes.toString('hex').repeat(8) }
    return { kind: 'custom', fields: { detail } }
  })
  for (let at = 0; at < 600; at += 100)
    await box.journal.append({ events: events.slice(at, at + 100) })
  const uplink = await start()
  const size = await record(uplink, 1)
  expect(await uplink.receipted(size, 20_000)).toBe(true)
  expect(cloud.accepted.at(-1)).toBe(602)
  expect(Math.max(...cloud.payloadBytes)).toBeLessThanOrEqual(MAX_BATCH_BYTES)
})

describe('answers', () => {
  test('a lost receipt: the batch is sent again and answered again', async () => {
    cloud.tamper = () => []
    const uplink = await start({ window: 4, receiptTimeoutMs: 500 })
    const size = await record(uplink, 3)
    await until(() => cloud.size(DEVICE) === 4)
    expect(uplink.status().receiptedSize).toBe(0)
    cloud.tamper = answer => [answer]
    expect(await uplink.receipted(size, 8000)).toBe(true)
    expect(cloud.accepted).toEqual([4])
  })

  test('receipts twice and out of order change nothing', async () => {
    const sent: ReceiptMessage[] = []
    cloud.tamper = answer => {
      sent.push(answer)
      return [answer, answer, sent[0] ?? answer]
    }
    const uplink = await start()
    await record(uplink, 3)
    await until(() => uplink.status().receiptedSize === 4)
    const size = await record(uplink, 3)
    expect(await uplink.receipted(size, 8000)).toBe(true)
    expect(uplink.status()).toMatchObject({ receiptedSize: 7, badReceipts: 0 })
  })

  test('forged receipts are counted and believed by nobody', async () => {
    const forger = ed25519.generate()
    const signer = ed25519Signer('test.tillproof.local/receipts', forger.privateKey)
    const { root } = await box.journal.headAt(1)
    const text = formatReceipt({ origin: box.journal.origin, size: 1, root, atMs: 1 })
    const forged = { v: 1, type: 'receipt', note: signNote(text, [signer]) } as const
    cloud.tamper = () => [forged, 'not json', '{"v":2}']
    const uplink = await start()
    await record(uplink, 2)
    await until(() => uplink.status().badReceipts > 0)
    expect(uplink.status().receiptedSize).toBe(0)
    expect(await box.journal.newestReceipt()).toBeUndefined()
  })

  test('the device finds a cloud that receipts another root than its own', async () => {
    const signer = ed25519Signer('test.tillproof.local/receipts', cloud.keys.receipts.privateKey)
    const origin = box.journal.origin
    const text = formatReceipt({ origin, size: 1, root: new Uint8Array(32), atMs: 1 })
    cloud.tamper = () => [{ v: 1, type: 'receipt', note: signNote(text, [signer]) }]
    const uplink = await start()
    await record(uplink, 2)
    await until(() => uplink.status().contradiction === 'contradicts-journal')
    expect(uplink.status().receiptedSize).toBe(0)
  })

  test('a cloud that lost its memory gets everything again from where it asks', async () => {
    const uplink = await start()
    await record(uplink, 5)
    await until(() => uplink.status().receiptedSize === 6)
    cloud.know(DEVICE, box.evidence.publicKey)
    await record(uplink, 5)
    await until(() => cloud.size(DEVICE) === 11)
    await until(() => uplink.status().receiptedSize === 11)
  })

  test('a cloud that asks for what has left the disk is shown as that', async () => {
    const uplink = await start()
    await record(uplink, 5)
    await until(() => uplink.status().receiptedSize === 6)
    expect(await box.journal.release(0, 100)).toBe(5)
    cloud.know(DEVICE, box.evidence.publicKey)
    await record(uplink, 5)
    await until(() => uplink.status().refusal?.code === 'journal.parts-gone')
    expect(cloud.size(DEVICE)).toBe(0)
  })

  test('a refusal is shown and held back from', async () => {
    cloud.tamper = () => [{ v: 1, type: 'refused', code: 'quarantined', detail: 'fork seen' }]
    const uplink = await start()
    await record(uplink, 5)
    await until(() => uplink.status().refusal?.code === 'quarantined')
    const seen = cloud.payloadBytes.length
    await record(uplink, 5)
    await new Promise(resolve => setTimeout(resolve, 700))
    expect(cloud.payloadBytes.length).toBe(seen)
  })
})

test('a voucher sent down reaches the machine; a foreign topic or rubbish does not', async () => {
  const uplink = await start()
  await until(() => uplink.status().connection.state === 'connected')
  broker.send(topicOf(DEVICE, 'command'), '{"v":1,"type":"voucher","voucher":""}x')
  broker.send(topicOf('dzzzzzzzzzzzz', 'command'), '{"v":1,"type":"voucher","voucher":"other"}')
  broker.send(topicOf(DEVICE, 'command'), '{"v":1,"type":"voucher","voucher":"TPV1.x.y"}')
  await until(() => vouchers.length > 0)
  expect(vouchers).toEqual(['TPV1.x.y'])
})

test('a broker of another authority is not spoken to', async () => {
  const { port } = broker
  await broker.stop()
  broker = await startTestBroker(await testAuthority(), port)
  cloud.attach(broker)
  const uplink = await start()
  await record(uplink, 1)
  // The TLS stack answers a bad certificate only after 10 to 30 s: look at what did not happen.
  await new Promise(resolve => setTimeout(resolve, 1500))
  expect(uplink.status().connection.state).toBe('connecting')
  expect(cloud.payloadBytes).toEqual([])
})
