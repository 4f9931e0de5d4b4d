/**
 * The whole of it, watched from outside: real batches of real machines through ingest and
 * sequencer, served over HTTP, followed by the lender's monitor in a process of its own. An honest
 * cloud satisfies it; one that forges a head in its own database does not. Ranges of events can be
 * taken out as bundles, which verify offline.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rangeBundleRoute } from '../../evidence/bundles/range-route.ts'
import { headsMapJob } from '../../evidence/log/heads-map.ts'
import { createPublisher } from '../../evidence/log/publisher.ts'
import { logRoutes } from '../../evidence/log/routes.ts'
import { createSequencer, type Sequencer } from '../../evidence/log/sequencer.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import { witnessCli } from '../../evidence/testing.ts'
import { createApp, type HttpServer, listen } from '../../platform/http/app.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import {
  TEST_CLOUD,
  type TestEnrolment,
  type TestMachine,
  testEnrolment,
  testMachine,
} from '../testing.ts'
import { type IngestDeps, ingest } from './ingest.ts'
import { rangeSource } from './range-source.ts'

const ORIGIN = `${TEST_CLOUD}/log`
const key = ed25519.generate()
const policyText = `log ${vkey(ORIGIN, 'ed25519', key.publicKey)}\nquorum none\n`

let dir: string
let database: TestDatabase
let enrolment: TestEnrolment
let server: HttpServer
let sequencer: Sequencer
let deps: IngestDeps
let machines: TestMachine[]
/** Who asks over HTTP. */
let session: Session

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-monitored-'))
  writeFileSync(join(dir, 'policy'), policyText)
  database = await testDatabase()
  const { db } = database
  enrolment = await testEnrolment(db)
  const operator = await testSession(db, 'operator')
  session = operator
  machines = [await testMachine(enrolment, operator), await testMachine(enrolment, operator)]
  sequencer = createSequencer({ db, origin: ORIGIN, holder: 'test' })
  const receiptSigner = ed25519Signer(`${TEST_CLOUD}/receipts`, ed25519.generate().privateKey)
  deps = { db, receiptSigner, nowMs: () => 1_795_262_500_000, onAccepted: () => undefined }
  const app = createApp({
    db,
    log: () => undefined,
    routes: [
      ...logRoutes({ db, policy: () => parsePolicy(policyText) }),
      rangeBundleRoute({
        db,
        policy: () => parsePolicy(policyText),
        events: rangeSource(TEST_CLOUD),
      }),
    ],
    sessionOf: async () => session,
    publicUrl: 'http://127.0.0.1',
  })
  server = await listen(app, '127.0.0.1', 0)
})
afterAll(async () => {
  await server.close()
  await enrolment.close()
  await database.drop()
  rmSync(dir, { recursive: true })
})

async function publish(): Promise<void> {
  await sequencer.turn()
  const signer = ed25519Signer(ORIGIN, key.privateKey)
  const policy = parsePolicy(policyText)
  await createPublisher({ db: database.db, signer, policy, log: () => undefined }).turn()
}
async function monitor() {
  const url = `http://127.0.0.1:${server.port}`
  const flags = ['--url', url, '--policy', join(dir, 'policy'), '--dir', join(dir, 'monitor')]
  const { out, code } = await witnessCli('log', 'monitor', ...flags, '--once', '--json')
  return { report: JSON.parse(out), code }
}
function machine(at: number): TestMachine {
  return machines[at] ?? expect.fail('no such machine')
}

test('heads of every batch, whatever their sizes, are shown to extend each other', async () => {
  for (const [round, events] of [1, 1, 2, 5, 1, 30, 3].entries()) {
    const { deviceId, log } = machine(round % 2)
    const from = log.entries.length
    log.append(...Array.from({ length: events }, () => ({ kind: 'test' }) as const))
    const message = await ingest(deps, deviceId, log.batch(round < 2 ? 0 : from))
    expect(message.type).toBe('receipt')
    if (round % 3 === 2) await publish()
  }
  await publish()
  const { report, code } = await monitor()
  expect(report).toMatchObject({ state: 'ok', size: 7, devices: 2, findings: [] })
  expect(code).toBe(0)
})

function bundle(query: string): Promise<Response> {
  const { deviceId } = machine(1)
  return fetch(`http://127.0.0.1:${server.port}/api/v1/bundles/devices/${deviceId}${query}`)
}

describe('a bundle of a machine’s events', () => {
  test.each([
    ['?from=0&to=0', 1],
    ['?from=1&to=20', 20],
    ['?epoch=1&from=2&to=2', 1],
    ['', 37],
  ])('%s verifies', async (query, events) => {
    const answer = await bundle(query)
    const text = await answer.text()
    expect(answer.status, text).toBe(200)
    expect(JSON.parse(text).events).toHaveLength(events)
    writeFileSync(join(dir, 'bundle.json'), text)
    const verified = await witnessCli(
      'verify',
      join(dir, 'bundle.json'),
      '--policy',
      join(dir, 'policy'),
    )
    expect(verified).toMatchObject({ code: 11, out: expect.stringMatching(/^logged /) })
  })

  test('of events that are not there, or too many, is refused', async () => {
    expect((await bundle('?from=12&to=99')).status).toBe(404)
    expect((await bundle('?epoch=2')).status).toBe(404)
    expect((await bundle('?from=5&to=4')).status).toBe(400)
    expect((await bundle('?from=0&to=10000')).status).toBe(400)
  })

  test('is not for an organisation without a grant', async () => {
    const operator = session
    session = await testSession(database.db, 'lender')
    expect((await bundle('?from=0&to=1')).status).toBe(404)
    session = operator
  })
})

test('a head that the cloud slips in beside ingest is named', async () => {
  const { origin, log } = machine(0)
  log.append({ kind: 'test' })
  const body = utf8(log.head())
  await database.db.withSystem(tx => stageLeaf(tx, { type: 'device-head', body, ref: origin }))
  await publish()
  const { report, code } = await monitor()
  expect(report.findings).toMatchObject([{ kind: 'unproven-growth', origin, leafIndex: 7 }])
  expect(code).toBe(20)
})

test('the day’s map of newest heads is the one that the monitor computes', async () => {
  const job = headsMapJob({ db: database.db, clock: () => 1_795_262_500_000 })
  const [day = ''] = await job.due()
  expect(day).toBe('2026-11-21')
  await job.run(day)
  await publish()
  const { report } = await monitor()
  expect(report).toMatchObject({ size: 9, findings: [{ kind: 'unproven-growth', leafIndex: 7 }] })
})

test('a bundle of the newest events ends where the log does', async () => {
  const { deviceId, log } = machine(1)
  const from = log.entries.length
  log.append({ kind: 'test' }, { kind: 'test' })
  await ingest(deps, deviceId, log.batch(from))
  expect((await bundle(`?from=${from}&to=${from}`)).status).toBe(409)
  const newest = await bundle('')
  const { events } = JSON.parse(await newest.text())
  expect([newest.status, events.at(-1).index]).toEqual([200, from - 1])
  await publish()
  expect(JSON.parse(await (await bundle('')).text()).events.at(-1).index).toBe(from + 1)
})
