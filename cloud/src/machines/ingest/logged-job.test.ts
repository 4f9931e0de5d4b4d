/** Machines are shown their newest head in the published log, and again when time has passed. */
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { verifyTlogProof } from '@tillproof/shared/note/tlog-proof.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPublisher } from '../../evidence/log/publisher.ts'
import { createSequencer } from '../../evidence/log/sequencer.ts'
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
import { loggedJob } from './logged-job.ts'

const ORIGIN = `${TEST_CLOUD}/log`
const key = ed25519.generate()
const policyText = `log ${vkey(ORIGIN, 'ed25519', key.publicKey)}\nquorum none\n`
let database: TestDatabase
let enrolment: TestEnrolment
let machine: TestMachine
let deps: IngestDeps
const sent: [string, CommandMessage][] = []

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  machine = await testMachine(enrolment, await testSession(database.db, 'operator'))
  const receiptSigner = ed25519Signer('test/receipts', ed25519.generate().privateKey)
  deps = { db: database.db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

async function publish(): Promise<void> {
  await createSequencer({ db: database.db, origin: ORIGIN, holder: 'test' }).turn()
  const signer = ed25519Signer(ORIGIN, key.privateKey)
  const policy = parsePolicy(policyText)
  await createPublisher({ db: database.db, signer, policy, log: () => undefined }).turn()
}
const jobOf = (againAfterMs: number) =>
  loggedJob(
    {
      db: database.db,
      sendCommand: async (device, command) => void sent.push([device, command]),
    },
    againAfterMs,
  )

test('nothing is shown before it is published; then the newest head with its proof', async () => {
  const job = jobOf(3_600_000)
  await ingest(deps, machine.deviceId, machine.log.batch())
  expect(await job.due()).toEqual([machine.deviceId])
  await job.run(machine.deviceId)
  expect(sent).toEqual([])
  machine.log.append({ kind: 'test' })
  await ingest(deps, machine.deviceId, machine.log.batch(1))
  await publish()
  await job.run(machine.deviceId)
  const [[device, message] = expect.unreachable()] = sent
  expect(device).toBe(machine.deviceId)
  if (message.type !== 'logged') return expect.unreachable()
  expect(message.head).toBe(machine.log.head(2))
  const leaf = leafHash(concat(utf8('tillproof/device-head/v1\n'), utf8(message.head)))
  const verdict = verifyTlogProof(message.proof, leaf, parsePolicy(policyText))
  expect(verdict).toMatchObject({ ok: true, checkpoint: { origin: ORIGIN, size: 2 } })
})

test('once told, not before the time is over; then again', async () => {
  expect(await jobOf(3_600_000).due()).toEqual([])
  expect(await jobOf(-1).due()).toEqual([machine.deviceId])
})
