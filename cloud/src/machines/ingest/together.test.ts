/** Batches of several machines in one transaction: each is judged by itself. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import { type TestEnrolment, testEnrolment, testMachine } from '../testing.ts'
import { type IngestDeps, ingestTogether } from './ingest.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let deps: IngestDeps
const heard: string[] = []

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  deps = {
    db: database.db,
    receiptSigner: ed25519Signer('test/receipts', ed25519.generate().privateKey),
    nowMs: Date.now,
    onAccepted: (_, notes) => heard.push(...notes.map(note => `${note.deviceId} ${note.type}`)),
  }
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

const sizeOf = async (deviceId: string) => {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ size: bigint }>('select size from device_heads where device_id = $1', [deviceId]),
  )
  return Number(row?.size)
}

test('each batch gets its own answer, and only the good are kept', async () => {
  const operator = await testSession(database.db, 'operator')
  const make = () => testMachine(enrolment, operator)
  const [good, gapped, broken, forged] = await Promise.all([make(), make(), make(), make()])
  const other = await make()
  for (const { log } of [good, gapped, broken, forged, other]) {
    const sale = log.entries.length
    log.append(
      { kind: 'sale.requested', sale, amountMinor: 350n, currency: 'CNY' },
      { kind: 'sale.result', sale, result: 'success' },
    )
  }
  const arrivals = [
    { deviceId: good.deviceId, payload: good.log.batch() },
    { deviceId: gapped.deviceId, payload: gapped.log.batch(2) },
    { deviceId: broken.deviceId, payload: broken.log.batch().subarray(0, 40) },
    { deviceId: forged.deviceId, payload: good.log.batch() },
    { deviceId: 'd00000000nobody', payload: good.log.batch() },
    { deviceId: other.deviceId, payload: other.log.batch() },
  ]
  const answers = await ingestTogether(deps, arrivals)
  expect(answers).toMatchObject([
    { type: 'receipt' },
    { type: 'resend', fromIndex: 0 },
    { type: 'refused', code: 'not-decompressible' },
    { type: 'refused', code: 'wrong-origin' },
    { type: 'refused', code: 'unknown-device' },
    { type: 'receipt' },
  ])
  const sizes = await Promise.all(
    [good, gapped, broken, forged, other].map(m => sizeOf(m.deviceId)),
  )
  expect(sizes).toEqual([3, 0, 0, 0, 3])
  const notesOf = ({ deviceId }: typeof good) => heard.filter(note => note.startsWith(deviceId))
  expect(notesOf(good)).toEqual([`${good.deviceId} batch`, `${good.deviceId} sale`])
  expect(notesOf(other)).toEqual([`${other.deviceId} batch`, `${other.deviceId} sale`])
  expect(await ingestTogether(deps, arrivals)).toEqual(answers)
})
