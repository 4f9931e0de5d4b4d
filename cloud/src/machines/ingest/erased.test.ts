/** Events whose sealed part was erased on the machine: taken by its hash, never seen as a fork. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { ed25519Signer, ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { encodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { openReceipt } from '@tillproof/shared/wire/receipt.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { type IngestDeps, ingest } from './ingest.ts'

const RECEIPT_NAME = 'test.tillproof.local/receipts'
const receipts = ed25519.generate()

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let deps: IngestDeps
beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  deps = {
    db: database.db,
    receiptSigner: ed25519Signer(RECEIPT_NAME, receipts.privateKey),
    nowMs: () => 1_795_262_500_000,
    onAccepted: () => undefined,
  }
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

const machine = () => testMachine(enrolment, operator)
const count = async (table: string, deviceId: string) => {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ count: bigint }>(`select count(*) from ${table} where device_id = $1`, [deviceId]),
  )
  return Number(row?.count)
}
function receiptOf(message: ReceiptMessage) {
  const verifier = ed25519Verifier(RECEIPT_NAME, receipts.publicKey)
  return message.type === 'receipt' ? openReceipt(message.note, verifier) : message
}
/** The event as it was sent once, and as it is sent after the erasure. */
const erase = (log: TestMachine['log'], index: number) => {
  const parts = log.entries[index]
  if (!parts) throw new Error('the test appended it')
  const sealed = { sealed: Uint8Array.of(0xa0), sealedSalt: new Uint8Array(16).fill(7) }
  const whole = { ...parts, ...sealed }
  const sealedHash = commit(whole).slice(32)
  const bare = { ...parts, sealed: null, sealedSalt: null, sealedHash }
  return { whole, bare }
}

test('its event is taken by its hash, with its facts', async () => {
  const { deviceId, origin, log } = await machine()
  const index = log.append({
    kind: 'sale.requested',
    sale: 1,
    amountMinor: 350n,
    currency: 'CNY',
  })
  log.entries[index] = erase(log, index).bare
  const message = await ingest(deps, deviceId, log.batch())
  expect(receiptOf(message)).toMatchObject({ origin, size: 2 })
  expect(await count('sales', deviceId)).toBe(1)
  expect(await count('incidents', deviceId)).toBe(0)
})

test('what was accepted whole is known again after the erasure', async () => {
  const { deviceId, log } = await machine()
  const index = log.append({ kind: 'test' })
  const { whole, bare } = erase(log, index)
  log.entries[index] = whole
  const first = await ingest(deps, deviceId, log.batch())
  log.entries[index] = bare
  expect(await ingest(deps, deviceId, log.batch())).toEqual(first)
  log.append({ kind: 'redaction', detail: { index, reason: 'asked for by the customer' } })
  expect(receiptOf(await ingest(deps, deviceId, log.batch()))).toMatchObject({ size: 3 })
  expect(await count('incidents', deviceId)).toBe(0)
})

test('another hash is not the same event', async () => {
  const { deviceId, log } = await machine()
  const index = log.append({ kind: 'test' })
  const { whole, bare } = erase(log, index)
  log.entries[index] = whole
  const head = log.head()
  const entries = [...log.entries]
  entries[index] = { ...bare, sealedHash: new Uint8Array(32).fill(9) }
  const payload = encodeBatch({ firstIndex: 0, entries, head }, compress)
  expect(await ingest(deps, deviceId, payload)).toMatchObject({ code: 'wrong-root' })
})
