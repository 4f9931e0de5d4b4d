/** Who may erase, and who may read what was erased: the operator's administrators, nobody else. */
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { eraseRoutes } from './erase-routes.ts'
import { ingest } from './ingest.ts'

const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)
const REASON = 'asked for by the customer'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let machine: TestMachine
let app: TestApp
let path: string
beforeAll(async () => {
  database = await testDatabase()
  const { db } = database
  enrolment = await testEnrolment(db)
  operator = await testSession(db, 'operator')
  machine = await testMachine(enrolment, operator)
  const index = machine.log.append({ kind: 'session.started' }, { kind: 'test' })
  const parts = machine.log.entries[index] ?? expect.unreachable()
  const sealed = { sealed: randomBytes(40), sealedSalt: randomBytes(16) }
  machine.log.entries[index] = { ...parts, ...sealed }
  const deps = { db, receiptSigner: signer, nowMs: Date.now, onAccepted: () => undefined }
  await ingest(deps, machine.deviceId, machine.log.batch())
  app = await testApp(db, eraseRoutes(signer))
  path = `/api/v1/devices/${machine.deviceId}/erasures`
})
afterAll(async () => {
  await app.close()
  await enrolment.close()
  await database.drop()
})

test('an administrator of the operator erases, again too, and reads who did', async () => {
  const done = { deviceId: machine.deviceId, epoch: 1, index: 1, reason: REASON }
  for (const reason of [REASON, 'the same again']) {
    const answer = await app.ask(operator, 'POST', path, { index: 1, reason })
    expect(answer).toMatchObject({ status: 200, body: { ...done, machine: 'ordered' } })
  }
  const { status, body } = await app.ask(operator, 'GET', path)
  expect({ status, body }).toMatchObject({ status: 200, body: { items: [done] } })
  expect(body).toMatchObject({ items: [{ by: expect.stringContaining('@') }] })
})

describe('refused', () => {
  test.each<[object, number, string]>([
    [{ index: 9, reason: REASON }, 404, 'erasure.no-such-event'],
    [{ index: 1, epoch: 2, reason: REASON }, 404, 'erasure.no-such-event'],
    [{ index: 2, reason: REASON }, 409, 'erasure.nothing-sealed'],
    [{ index: 1, reason: '' }, 400, 'http.malformed'],
    [{ index: 1, reason: 'two\nlines' }, 400, 'http.malformed'],
    [{ index: 1.5, reason: REASON }, 400, 'http.malformed'],
  ])('%j: %i %s', async (asked, status, code) => {
    expect(await app.ask(operator, 'POST', path, asked)).toMatchObject({ status, body: { code } })
  })

  test('others, whatever they are', async () => {
    const { db } = database
    const stranger = await testSession(db, 'operator')
    const lender = await testSession(db, 'lender')
    const viewer: Session = { ...operator, role: 'viewer' }
    const asked = { index: 1, reason: REASON }
    for (const [who, status] of [
      [stranger, 404],
      [lender, 403],
      [viewer, 403],
      [null, 401],
    ] as const) {
      expect((await app.ask(who, 'POST', path, asked)).status).toBe(status)
      expect((await app.ask(who, 'GET', path)).status).toBe(status)
    }
  })
})
