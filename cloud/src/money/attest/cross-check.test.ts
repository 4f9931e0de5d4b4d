/**
 * A machine's own meter against its own sales, through the real way in: which sales it bears out,
 * what becomes an incident, who sees it and how it is closed.
 */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { Sale } from '@tillproof/shared/api/money.ts'
import type { Takings } from '@tillproof/shared/api/takings.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { incidentRoutes } from '../../machines/incidents/routes.ts'
import { ingest } from '../../machines/ingest/ingest.ts'
import {
  type TestEnrolment,
  type TestMachine,
  testEnrolment,
  testMachine,
} from '../../machines/testing.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { grant, makeWorld, sessionOf, type World } from '../testing.ts'
import { crossCheckJob } from './job.ts'
import { saleRoutes } from './routes.ts'
import { takingsRoutes } from './takings-routes.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let app: TestApp
let world: World
let operator: Session
let machine: TestMachine
beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  app = await testApp(database.db, [...saleRoutes(), ...takingsRoutes(), ...incidentRoutes()])
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
})
beforeEach(async () => {
  machine = await testMachine(enrolment, operator)
  sent = 0
})
afterAll(async () => {
  await app.close()
  await enrolment.close()
  await database.drop()
})

let sent = 0
const DAY_MS = 86_400_000
/** 2026-11-21, noon. */
const NOON_MS = 1_795_262_400_000
const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)

const starts = (profile: string) =>
  machine.log.append({ kind: 'agent.started', detail: { profile } })
const reads = (vends: bigint, day = 0) =>
  machine.log.append({ kind: 'meter.read', meters: { vends }, atMs: NOON_MS + day * DAY_MS })
function sells(count: number, day = 0): void {
  const atMs = NOON_MS + day * DAY_MS
  for (let n = 0; n < count; n++) {
    const sale = machine.log.entries.length
    const price = { amountMinor: 350n, currency: 'CNY' }
    machine.log.append({ kind: 'sale.requested', sale, item: 'A3', atMs, ...price })
    machine.log.append({ kind: 'sale.approved', sale, atMs, ...price })
    machine.log.append({ kind: 'sale.result', sale, result: 'success', atMs })
  }
}
/** Sends what is new and checks each log that has grown, as worker processes do. */
async function checked(): Promise<void> {
  const { db } = database
  const deps = { db, receiptSigner: signer, nowMs: Date.now, onAccepted: () => undefined }
  const answer = await ingest(deps, machine.deviceId, machine.log.batch(sent))
  expect(answer).toMatchObject({ type: 'receipt' })
  sent = machine.log.entries.length
  const job = crossCheckJob({ db })
  for (const id of await job.due()) await job.run(id)
  expect(await job.due()).toEqual([])
}
async function asked<T>(by: Session, path: string): Promise<T> {
  return (await app.ask(by, 'GET', path)).body as T
}
async function incidents(by = operator): Promise<Incident[]> {
  const { items } = await asked<{ items: Incident[] }>(by, '/api/v1/incidents')
  return items.filter(({ deviceId }) => deviceId === machine.deviceId)
}
async function grades(): Promise<Record<string, string>> {
  const path = `/api/v1/sales?deviceId=${machine.deviceId}`
  const { items } = await asked<{ items: Sale[] }>(operator, path)
  return Object.fromEntries(items.map(({ id, grade }) => [id.split('.')[2], grade]))
}

describe('a sale is corroborated', () => {
  test('only between two readings by which the machine’s own counter agrees', async () => {
    starts('vending-mdb-counted@1')
    reads(100n)
    sells(2)
    reads(102n)
    sells(1)
    reads(102n)
    sells(1)
    await checked()
    expect(await grades()).toEqual({
      3: 'corroborated',
      6: 'corroborated',
      10: 'signed',
      14: 'signed',
    })
    reads(103n)
    await checked()
    expect(await grades()).toMatchObject({ 10: 'signed', 14: 'corroborated' })
  })

  test('of a rental by the readings that the ends of two sessions bring', async () => {
    const runs = (runs: bigint) => ({ port: 'timer', meters: { runs } })
    const rents = (before: bigint, after: bigint) => {
      const sale = machine.log.entries.length
      const price = { amountMinor: 1000n, currency: 'CNY' }
      machine.log.append({ kind: 'sale.requested', sale, item: 'massage-10', ...price })
      machine.log.append({ kind: 'sale.approved', sale, ...price })
      machine.log.append({ kind: 'session.started', sale, ...runs(before) })
      machine.log.append({ kind: 'session.ended', sale, ...runs(after) })
      machine.log.append({ kind: 'sale.result', sale, result: 'success' })
    }
    starts('massage-chair-modbus@1')
    rents(40n, 41n)
    rents(42n, 42n)
    rents(42n, 42n)
    await checked()
    expect(await grades()).toEqual({ 2: 'signed', 7: 'corroborated', 12: 'signed' })
  })

  test('by nothing that its profile does not call a witness', async () => {
    starts('vending-mdb-reader@1')
    reads(100n)
    sells(1)
    reads(101n)
    await checked()
    expect(await grades()).toEqual({ 3: 'signed' })
  })
})

test('takings by grade, with what the meter says of the same days', async () => {
  starts('vending-mdb-counted@1')
  reads(100n)
  sells(3)
  reads(103n)
  sells(2)
  reads(106n)
  sells(4, 1)
  reads(110n, 1)
  await checked()
  const of = (from: string, to: string) =>
    asked<Takings>(operator, `/api/v1/devices/${machine.deviceId}/takings?from=${from}&to=${to}`)
  expect(await of('2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z')).toEqual({
    deviceId: machine.deviceId,
    from: '2026-11-21T00:00:00.000Z',
    to: '2026-11-22T00:00:00.000Z',
    grades: [
      { grade: 'corroborated', sales: 3, amount: { amountMinor: '1050', currency: 'CNY' } },
      { grade: 'signed', sales: 2, amount: { amountMinor: '700', currency: 'CNY' } },
    ],
    meters: [{ meter: 'vends', rise: 6, sales: 5, unsold: 1, phantom: 0, epochs: 0 }],
    money: [
      {
        currency: 'CNY',
        soldMinor: '1750',
        settledMinor: '0',
        cashToldMinor: '0',
        openMinor: '1750',
      },
    ],
  })
  expect(await of('2026-11-22T00:00:00Z', '2026-11-21T00:00:00Z')).toMatchObject({
    code: 'period.invalid',
  })
  const stranger = sessionOf(world, world.site, 'site')
  const path = `/api/v1/devices/${machine.deviceId}/takings?from=2026-11-21T00:00:00Z`
  expect((await app.ask(stranger, 'GET', `${path}&to=2026-11-22T00:00:00Z`)).status).toBe(404)
})

describe('goods that come out untold', () => {
  /** Two pieces more than told, with five that are: 2 − 0.0317 a day, certain on the second. */
  async function skims(days: number[]): Promise<void> {
    for (const day of days) {
      sells(5, day)
      reads(100n + BigInt(7 * (day + 1)), day)
    }
    await checked()
  }

  test('are an incident with its evidence, once, until somebody says why', async () => {
    starts('vending-mdb-counted@1')
    reads(100n)
    await skims([0])
    expect(await incidents()).toEqual([])
    await skims([1])
    const [open = expect.fail('none'), ...others] = await incidents()
    expect(others).toEqual([])
    expect(open).toMatchObject({
      kind: 'goods-unsold',
      closedAt: null,
      detail: {
        meter: 'vends',
        pieces: 4,
        sales: 10,
        days: 2,
        fromIndex: 2,
        toIndex: 34,
        meterBefore: '100',
        meterAfter: '114',
        epoch: 1,
        times: 1,
      },
    })
    const closure = `/api/v1/incidents/${open.id}/closure`
    await app.ask(operator, 'POST', closure, { reason: 'samples for the fair' })
    reads(114n, 1)
    await checked()
    expect(await incidents()).toMatchObject([{ closedReason: 'samples for the fair' }])
    await skims([2, 3])
    expect(await incidents()).toMatchObject([{ closedAt: null }, { id: open.id }])
  })

  test('are seen by a lender with a grant alone, who cannot close them', async () => {
    starts('vending-mdb-counted@1')
    reads(100n)
    await skims([0, 1])
    const lender = sessionOf(world, world.lender, 'lender')
    expect(await incidents(lender)).toEqual([])
    await grant(database.db, world, world.lender, 'monitor')
    const [seen = expect.fail('none')] = await incidents(lender)
    expect(seen).toMatchObject({ kind: 'goods-unsold' })
    const closure = `/api/v1/incidents/${seen.id}/closure`
    expect((await app.ask(lender, 'POST', closure, { reason: 'x' })).status).toBe(403)
  })
})

describe('an incident', () => {
  test('of sales that the meter did not count', async () => {
    starts('vending-mdb-counted@1')
    reads(100n)
    sells(4)
    reads(100n)
    await checked()
    expect(await incidents()).toMatchObject([
      { kind: 'sales-phantom', detail: { meter: 'vends', pieces: 4, meterAfter: '100' } },
    ])
  })

  test('of a meter that fell and a machine that was silent about it, or was not', async () => {
    starts('vending-mdb-counted@1')
    reads(900n)
    reads(3n)
    await checked()
    const silent = { kind: 'meter-epoch', detail: { meterBefore: '900', meterAfter: '3' } }
    expect(await incidents()).toMatchObject([silent])

    machine = await testMachine(enrolment, operator)
    sent = 0
    starts('vending-mdb-counted@1')
    reads(900n)
    reads(3n)
    machine.log.append({ kind: 'meter.epoch', port: 'controller', meters: { vends: 3n } })
    await checked()
    expect(await incidents()).toMatchObject([
      { kind: 'meter-epoch', detail: { event: 'meter.epoch' } },
    ])
  })

  test('of one machine at two places', async () => {
    const at = (latitudeE7: number, longitudeE7: number) => ({ latitudeE7, longitudeE7 })
    machine.log.append({ kind: 'position.fix', position: at(312_304_000, 1_214_737_000) })
    await checked()
    machine.log.append({ kind: 'position.fix', position: at(399_042_000, 1_164_074_000) })
    await checked()
    expect(await incidents()).toMatchObject([
      { kind: 'two-places', detail: { fromIndex: 1, index: 2, seconds: 1 } },
    ])
  })

  test('of more sold than it holds since its door was moved', async () => {
    const door = (kind: 'door.opened' | 'door.closed', atMs: number) =>
      machine.log.append({ kind, detail: { contact: 'doorOpen' }, atMs })
    starts('vending-mdb-counted@1')
    door('door.opened', NOON_MS)
    door('door.closed', NOON_MS + 60_000)
    sells(1200, 1)
    await checked()
    expect(await incidents()).toEqual([])
    sells(1, 1)
    await checked()
    expect(await incidents()).toMatchObject([
      { kind: 'more-than-held', detail: { stock: 1200, sales: 1201, index: 3604 } },
    ])
    door('door.opened', NOON_MS + 2 * DAY_MS)
    await checked()
    expect(await incidents()).toHaveLength(1)
  })

  test('of events that the machine had to leave out', async () => {
    machine.log.append({ kind: 'gap', detail: { from: 1, to: 2, cause: 'disk', 'door.opened': 2 } })
    await checked()
    expect(await incidents()).toMatchObject([
      { kind: 'events-missing', detail: { cause: 'disk', 'door.opened': 2, index: 1 } },
    ])
  })
})
