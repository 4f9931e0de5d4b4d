/** From events to rows: what a sale is after its events, over one batch or several. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { deviceRoutes } from '../devices/routes.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { ingest } from './ingest.ts'
import { ingestRoutes } from './routes.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let lender: Session
let app: TestApp
const ORDER = '6a1f7c54-7a3e-4a41-9a52-3f5a0e1b2c3d'

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  lender = await testSession(database.db, 'lender')
  app = await testApp(database.db, [
    ...deviceRoutes({ enrolment, publicUrl: 'http://localhost', claimFacts: {} as never }),
    ...ingestRoutes(),
  ])
})
afterAll(async () => {
  await app.close()
  await enrolment.close()
  await database.drop()
})

const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)
const send = (machine: TestMachine, from: number) =>
  ingest(
    { db: database.db, receiptSigner: signer, nowMs: Date.now, onAccepted: () => undefined },
    machine.deviceId,
    machine.log.batch(from),
  )
const salesOf = (machine: TestMachine) =>
  database.db.withSystem(tx =>
    tx.query(
      `select id, item, amount_minor, currency, order_id, state, presumed, result_index
       from sales where device_id = $1 order by open_index`,
      [machine.deviceId],
    ),
  )

describe('a sale', () => {
  test('in one batch is open to success, with the amount as approved', async () => {
    const machine = await testMachine(enrolment, operator)
    const price = { amountMinor: 400n, currency: 'CNY' }
    const sale = machine.log.append({ kind: 'sale.requested', sale: 1, item: 'A3', ...price })
    machine.log.append(
      { kind: 'payment.seen', sale, orderId: ORDER },
      { kind: 'sale.approved', sale, amountMinor: 350n, currency: 'CNY' },
      { kind: 'sale.result', sale, result: 'success' },
    )
    await send(machine, 0)
    expect(await salesOf(machine)).toEqual([
      {
        id: `${machine.deviceId}.1.1`,
        item: 'A3',
        amount_minor: 350n,
        currency: 'CNY',
        order_id: ORDER,
        state: 'succeeded',
        presumed: false,
        result_index: 4n,
      },
    ])
    const events = await database.db.withSystem(tx =>
      tx.query(
        `select index, kind from sale_events, unnest(indexes, kinds) as said (index, kind)
         where device_id = $1 order by index`,
        [machine.deviceId],
      ),
    )
    expect(events).toEqual([
      { index: 1n, kind: 'sale.requested' },
      { index: 2n, kind: 'payment.seen' },
      { index: 3n, kind: 'sale.approved' },
      { index: 4n, kind: 'sale.result' },
    ])
  })

  test('over several batches ends the same; a decided one stays as it is', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append({ kind: 'sale.requested', sale: 1, item: 'B1' })
    await send(machine, 0)
    expect(await salesOf(machine)).toMatchObject([{ state: 'open', amount_minor: null }])
    machine.log.append({ kind: 'sale.approved', sale: 1, amountMinor: 500n, currency: 'CNY' })
    await send(machine, 2)
    machine.log.append({ kind: 'sale.result', sale: 1, result: 'presumed' })
    await send(machine, 3)
    const decided = { state: 'succeeded', presumed: true, amount_minor: 500n, result_index: 3n }
    expect(await salesOf(machine)).toMatchObject([decided])
    const failed = { result: 'failed', amountMinor: 1n, currency: 'CNY' } as const
    machine.log.append({ kind: 'sale.result', sale: 1, ...failed })
    await send(machine, 4)
    expect(await salesOf(machine)).toMatchObject([decided])
  })

  test('approved for less than was asked is booked as approved', async () => {
    const machine = await testMachine(enrolment, operator)
    const currency = 'CNY'
    machine.log.append(
      { kind: 'sale.requested', sale: 1, item: 'charge', amountMinor: 2000n, currency },
      { kind: 'sale.approved', sale: 1, amountMinor: 2000n, currency },
      { kind: 'sale.result', sale: 1, result: 'success', amountMinor: 1504n, currency },
      { kind: 'sale.requested', sale: 4, amountMinor: 400n, currency, tender: 'reader' },
      { kind: 'sale.approved', sale: 4, amountMinor: 350n, currency },
      { kind: 'sale.result', sale: 4, result: 'presumed' },
      { kind: 'sale.requested', sale: 7, amountMinor: 200n, currency, tender: 'cash' },
      { kind: 'sale.result', sale: 7, result: 'success' },
    )
    await send(machine, 0)
    const sales = await database.db.withSystem(tx =>
      tx.query(
        `select amount_minor, requested_minor, tender, presumed from sales where device_id = $1
         order by open_index`,
        [machine.deviceId],
      ),
    )
    expect(sales).toEqual([
      { amount_minor: 1504n, requested_minor: 2000n, tender: null, presumed: false },
      { amount_minor: 350n, requested_minor: 400n, tender: 'reader', presumed: true },
      { amount_minor: 200n, requested_minor: 200n, tender: 'cash', presumed: false },
    ])
  })

  test('refused or failed is failed', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append(
      { kind: 'sale.requested', sale: 1 },
      { kind: 'sale.refused', sale: 1 },
      { kind: 'sale.requested', sale: 3 },
      { kind: 'sale.result', sale: 3, result: 'failed' },
    )
    await send(machine, 0)
    expect(await salesOf(machine)).toMatchObject([{ state: 'failed' }, { state: 'failed' }])
  })

  test('nonsense is kept as evidence and becomes no figure', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append(
      { kind: 'sale.requested', sale: 1, amountMinor: -5n, currency: 'CNY' },
      { kind: 'sale.result', sale: 0, result: 'success' },
      { kind: 'position.fix', position: { latitudeE7: 900_000_000, longitudeE7: 0 } },
      { kind: 'test', atMs: Number.MAX_SAFE_INTEGER },
    )
    expect(await send(machine, 0)).toMatchObject({ type: 'receipt' })
    expect(await salesOf(machine)).toMatchObject([{ state: 'open', amount_minor: null }])
  })
})

test('doors and lids: the last word on each', async () => {
  const machine = await testMachine(enrolment, operator)
  machine.log.append(
    { kind: 'door.opened', detail: { contact: 'doorOpen' } },
    { kind: 'tamper.on', detail: { contact: 'lidOpen' } },
    { kind: 'door.closed', detail: { contact: 'doorOpen' } },
    { kind: 'door.opened' },
  )
  await send(machine, 0)
  const path = `/api/v1/devices/${machine.deviceId}/contacts`
  const at = expect.stringMatching(/^\d{4}-/)
  expect((await app.ask(operator, 'GET', path)).body).toEqual({
    items: [
      { contact: 'door', isOpen: true, at },
      { contact: 'doorOpen', isOpen: false, at },
      { contact: 'lidOpen', isOpen: true, at },
    ],
  })
  const stranger = await testSession(database.db, 'operator')
  expect((await app.ask(stranger, 'GET', path)).status).toBe(404)
})

test('a name with a NUL in it does not keep a machine from being heard', async () => {
  const machine = await testMachine(enrolment, operator)
  machine.log.append(
    { kind: 'sale.requested', sale: 1, item: 'A\u0000', amountMinor: 350n, currency: 'CNY' },
    { kind: 'sale.result', sale: 1, result: 'success' },
    { kind: 'meter.read', meters: { 'runs\u0000': 7n, runs: 8n } },
    { kind: 'port.up', port: 'mdb\u0000' },
  )
  expect(await send(machine, 0)).toMatchObject({ type: 'receipt' })
  expect(await salesOf(machine)).toMatchObject([{ item: null, state: 'succeeded' }])
})

test('a decided sale does not change, however the log is cut into batches', async () => {
  const decided = { state: 'succeeded', amount_minor: 500n, item: 'B1', order_id: null }
  for (const sendEach of [true, false]) {
    const machine = await testMachine(enrolment, operator)
    const price = { amountMinor: 500n, currency: 'CNY' }
    machine.log.append({ kind: 'sale.requested', sale: 1, item: 'B1', ...price })
    machine.log.append({ kind: 'sale.result', sale: 1, result: 'success' })
    if (sendEach) await send(machine, 0)
    const other = { item: 'C9', orderId: ORDER, amountMinor: 1n, currency: 'CNY' }
    machine.log.append({ kind: 'custom', sale: 1, ...other })
    await send(machine, sendEach ? 3 : 0)
    expect(await salesOf(machine)).toMatchObject([decided])
  }
})

describe('people', () => {
  test('read events newest first, page by page, across batches', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append({ kind: 'test' }, { kind: 'meter.read', meters: { runs: 7n } })
    await send(machine, 0)
    machine.log.append({ kind: 'custom', detail: { note: 'door' } })
    await send(machine, 2)
    const path = `/api/v1/devices/${machine.deviceId}/events?limit=2`
    const first = await app.ask(operator, 'GET', path)
    expect(first.body).toMatchObject({
      items: [
        { index: 3, kind: 'custom', open: { detail: { note: 'door' } } },
        { index: 2, kind: 'meter.read', open: { meters: { runs: '7' } } },
      ],
      next: '1.2',
    })
    const second = await app.ask(operator, 'GET', `${path}&before=1.2`)
    expect(second.body).toMatchObject({ items: [{ index: 1 }, { index: 0, kind: 'genesis' }] })
  })

  test('see takings, place and liveness; a lender only by grant', async () => {
    const machine = await testMachine(enrolment, operator)
    const position = { latitudeE7: 312_304_000, longitudeE7: 1_214_737_000 }
    const nowMs = Date.now()
    machine.log.append(
      { kind: 'position.fix', position },
      { kind: 'sale.requested', sale: 2, amountMinor: 350n, currency: 'CNY', atMs: nowMs },
      { kind: 'sale.result', sale: 2, result: 'success', atMs: nowMs },
    )
    await send(machine, 0)
    const path = `/api/v1/devices/${machine.deviceId}`
    const shown = await app.ask(operator, 'GET', path)
    expect(shown.body).toMatchObject({
      liveness: 'live',
      logSize: 4,
      salesToday: 1,
      takingsToday: { amountMinor: '350', currency: 'CNY' },
      position: { latitudeDeg: 31.2304, longitudeDeg: 121.4737 },
    })
    expect((await app.ask(lender, 'GET', path)).status).toBe(404)
    const events = await app.ask(lender, 'GET', `${path}/events`)
    expect(events.body).toEqual({ items: [], next: null })
    await database.db.withTenant(operator.organisation.id, tx =>
      tx.query(
        `insert into grants (operator_id, grantee_id, device_id, scope, created_by)
         values ($1, $2, $3, 'monitor', $4)`,
        [operator.organisation.id, lender.organisation.id, machine.deviceId, operator.userId],
      ),
    )
    expect((await app.ask(lender, 'GET', path)).status).toBe(200)
    const list = await app.ask(lender, 'GET', '/api/v1/devices')
    expect(list.body).toMatchObject({ items: [{ id: machine.deviceId }], next: null })
  })
})
