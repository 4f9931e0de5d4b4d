/**
 * Ranges of a machine's log as large as a bundle may be: fetched over HTTP from what ingest stored
 * in many batches, and verified; and ranges that are none, or that do not fit.
 */
import type { Bundle } from '@tillproof/shared/bundle/bundle.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rangeBundleRoute } from '../../evidence/bundles/range-route.ts'
import { headSize, newestPublished } from '../../evidence/log/checkpoints.ts'
import { startLog } from '../../evidence/log/run.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import {
  TEST_CLOUD,
  type TestEnrolment,
  type TestMachine,
  testEnrolment,
  testMachine,
} from '../testing.ts'
import { ingest } from './ingest.ts'
import { rangeSource } from './range-source.ts'

const ORIGIN = `${TEST_CLOUD}/log`
const MOST = 10_000
const BATCH = 500
const key = ed25519.generate()
const policy = parsePolicy(`log ${vkey(ORIGIN, 'ed25519', key.publicKey)}\nquorum none\n`)

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let machine: TestMachine
let running: { stop(): Promise<void> }
let app: TestApp

beforeAll(async () => {
  database = await testDatabase()
  const { db } = database
  enrolment = await testEnrolment(db)
  operator = await testSession(db, 'operator')
  machine = await testMachine(enrolment, operator)
  running = startLog({
    db,
    origin: ORIGIN,
    logKey: key.privateKey,
    policy,
    log: () => undefined,
    publishEveryMs: 50,
  })
  const events = rangeSource(TEST_CLOUD)
  app = await testApp(db, [rangeBundleRoute({ db, policy: () => policy, events })])
  await record({ kind: 'test' }, MOST + BATCH)
}, 240_000)
afterAll(async () => {
  await app.close()
  await running.stop()
  await enrolment.close()
  await database.drop()
})

test('the newest events, as many as a bundle holds', async () => {
  const { body } = await ask('')
  const report = verifyBundle(JSON.stringify(body), policy)
  expect(report.verdict).toBe('logged')
  expect(report.events).toHaveLength(MOST)
  expect(report.events.at(-1)?.index).toBe(MOST + BATCH)
  const { deviceHeads, events } = body as Bundle
  // Three edges of a run, a genesis before it: a path each would be 140,000 hashes.
  expect(deviceHeads[0]?.rest.length).toBeLessThan(3 * 14)
  expect(JSON.stringify(events).length / MOST).toBeLessThan(250)
})

test('the first ones, with the genesis among them', async () => {
  const { body } = await ask(`?from=0&to=${MOST - 1}`)
  const report = verifyBundle(JSON.stringify(body), policy)
  expect(report.verdict).toBe('logged')
  expect(report.events.map(({ index }) => index)).toEqual([...Array(MOST).keys()])
})

test('one more than JSON holds comes packed', async () => {
  const { status, body } = await ask(`?from=0&to=${MOST}&form=packed`)
  expect(status).toBe(200)
  const report = verifyBundle(body, policy)
  expect(report.verdict).toBe('logged')
  expect(report.events).toHaveLength(MOST + 1)
})

test.each([
  ['one more than a bundle holds', `?from=0&to=${MOST}`, 400],
  ['an end before the start', '?from=5&to=4', 400],
  ['what the machine has not recorded', '?from=90000', 404],
  ['another enrolment', '?epoch=2', 404],
])('%s is refused', async (_, query, status) => {
  expect((await ask(query)).status).toBe(status)
})

test('events that are too long for one bundle are refused, with what to do', async () => {
  await record({ kind: 'custom', detail: { note: 'x'.repeat(700) } }, MOST)
  const { status, body: problem } = await ask('')
  expect(status).toBe(413)
  expect(problem).toMatchObject({ code: 'bundle.too-large' })
  const from = machine.log.entries.length - 5000
  const { body } = await ask(`?from=${from}`)
  expect(verifyBundle(JSON.stringify(body), policy).verdict).toBe('logged')
}, 240_000)

/** Records so many events in batches, and waits until the last head is under a checkpoint. */
async function record(draft: Partial<OpenEvent> & Pick<OpenEvent, 'kind'>, count: number) {
  const { db } = database
  const receiptSigner = ed25519Signer('test/receipts', ed25519.generate().privateKey)
  const deps = { db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
  const before = machine.log.entries.length === 1 ? 0 : machine.log.entries.length
  machine.log.append(...Array<typeof draft>(count).fill(draft))
  const size = machine.log.entries.length
  for (let from = before; from < size; from += BATCH) {
    const batch = machine.log.batch(from, Math.min(size, from + BATCH))
    expect(await ingest(deps, machine.deviceId, batch)).toMatchObject({ type: 'receipt' })
  }
  await vi.waitUntil(isPublished, { timeout: 60_000 })
}

function isPublished(): Promise<boolean> {
  return database.db.withSystem(async tx => {
    const [row] = await tx.query<{ staged: bigint }>('select count(*) as staged from log_staged')
    const size = (await newestPublished(tx))?.size
    return Number(row?.staged) === 0 && size === (await headSize(tx))
  })
}

function ask(query: string) {
  return app.ask(operator, 'GET', `/api/v1/bundles/devices/${machine.deviceId}${query}`)
}
