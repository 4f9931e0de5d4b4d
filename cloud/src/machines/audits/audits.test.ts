/** From the operator's button to the machine's own event, and who may press it. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { ingest } from '../ingest/ingest.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { answersIn } from './answer.ts'
import { auditJob } from './job.ts'
import { auditRoutes } from './routes.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let app: TestApp
beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  app = await testApp(database.db, auditRoutes())
})
afterAll(async () => {
  await app.close()
  await enrolment.close()
  await database.drop()
})

const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)
const pathOf = ({ deviceId }: TestMachine) => `/api/v1/devices/${deviceId}/audits`

async function order(machine: TestMachine): Promise<string> {
  const { body } = await app.ask(operator, 'POST', pathOf(machine))
  return (body as { id: string }).id
}

async function send(machine: TestMachine, from: number): Promise<void> {
  const deps = { db: database.db, receiptSigner: signer, nowMs: Date.now }
  const arrived = { ...deps, onAccepted: () => undefined }
  await ingest(arrived, machine.deviceId, machine.log.batch(from))
}

/** What goes down to this machine when everything that is due is sent. */
async function sent(machine: TestMachine): Promise<CommandMessage[]> {
  const commands: CommandMessage[] = []
  const job = auditJob({
    db: database.db,
    async sendCommand(deviceId, command) {
      if (deviceId === machine.deviceId) commands.push(command)
    },
  })
  for (const id of await job.due()) await job.run(id)
  return commands
}

test('an order goes down once, is one while it is open, and its event answers it', async () => {
  const machine = await testMachine(enrolment, operator)
  const id = await order(machine)
  expect(await order(machine)).toBe(id)
  expect(await sent(machine)).toEqual([{ v: 1, type: 'audit', order: id }])
  expect(await sent(machine)).toEqual([])
  const index = machine.log.append({ kind: 'audit.read', port: 'dex', detail: { order: id } })
  await send(machine, 0)
  const { body } = await app.ask(operator, 'GET', pathOf(machine))
  expect(body).toMatchObject({
    items: [{ id, state: 'read', event: { epoch: 1, index }, reason: null }],
  })
  expect(await order(machine)).not.toBe(id)
})

test('a failure says why; another machine, and a second word, answer nothing', async () => {
  const machine = await testMachine(enrolment, operator)
  const other = await testMachine(enrolment, operator)
  const id = await order(machine)
  other.log.append({ kind: 'audit.read', detail: { order: id } })
  await send(other, 0)
  const failed = { order: id, reason: 'nobody answered' }
  machine.log.append(
    { kind: 'audit.failed', port: 'dex', detail: failed },
    { kind: 'audit.read', port: 'dex', detail: { order: id } },
  )
  await send(machine, 0)
  const { body } = await app.ask(operator, 'GET', pathOf(machine))
  expect(body).toMatchObject({
    items: [{ id, state: 'failed', event: { index: 1 }, reason: 'nobody answered' }],
  })
})

test('an order that nobody answers ends after its hour', async () => {
  const machine = await testMachine(enrolment, operator)
  const id = await order(machine)
  await database.db.withSystem(tx =>
    tx.query(`update audit_orders set at = now() - interval '61 minutes' where id = $1`, [id]),
  )
  expect(await sent(machine)).toEqual([])
  const { body } = await app.ask(operator, 'GET', pathOf(machine))
  expect(body).toMatchObject({ items: [{ state: 'expired', event: null }] })
  expect(await order(machine)).not.toBe(id)
})

test('for the operator’s administrators and installers, nobody else', async () => {
  const machine = await testMachine(enrolment, operator)
  const stranger = await testSession(database.db, 'operator')
  const lender = await testSession(database.db, 'lender')
  const viewer: Session = { ...operator, role: 'viewer' }
  for (const [who, status] of [
    [stranger, 404],
    [lender, 403],
    [viewer, 403],
    [null, 401],
  ] as const) {
    expect((await app.ask(who, 'POST', pathOf(machine))).status).toBe(status)
    expect((await app.ask(who, 'GET', pathOf(machine))).status).toBe(status)
  }
})

test('a machine may write anything where an order should stand', () => {
  const event = { index: 1, atMs: 0, monotonicMs: 0, bootId: new Uint8Array(8) } as const
  const kind = 'audit.read' as const
  for (const order of [7, true, '', 'now', 'x'.repeat(36)]) {
    expect(answersIn([{ ...event, kind, detail: { order } }])).toEqual([])
  }
})
