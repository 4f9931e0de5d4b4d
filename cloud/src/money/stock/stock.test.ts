/** Visits to a machine from the statement to the incident: goods, doors, sales at odd times. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { StockVisitView } from '@tillproof/shared/api/stock.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { incidentRoutes } from '../../machines/incidents/routes.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { addSale, grant, makeWorld, sessionOf, type World } from '../testing.ts'
import { stockJob } from './job.ts'
import { stockRoutes } from './routes.ts'

let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
beforeAll(async () => {
  database = await testDatabase()
  const routes = [...stockRoutes({ clock: Date.now }), ...incidentRoutes()]
  app = await testApp(database.db, routes)
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ago = (hours: number): Date => new Date(Date.now() - hours * 3_600_000)
const path = () => `/api/v1/devices/${world.devices[0]}/stock-counts`
type Line = { slot?: string; counted?: number; added?: number; removed?: number }
const visits = async (hours: number, line: Line, by = operator) => {
  const lines = [{ slot: 'A3', ...line }]
  const body = { at: ago(hours).toISOString(), visitor: 'Chen', lines }
  return (await app.ask(by, 'POST', path(), body)).status
}
let index = 0
/** The machine's sales are of its slot A3. */
async function sells(count: number, hours: number): Promise<void> {
  const device = world.devices[0]
  for (let n = 0; n < count; n++) {
    const sale = { device, index: ++index, amountMinor: 350n, at: ago(hours) }
    await addSale(database.db, world.operator, sale)
  }
}
const door = (hours: number) =>
  database.db.withSystem(tx =>
    tx.query(
      `insert into device_contacts values ($1, $2, 'doorOpen', false, $3)
       on conflict (operator_id, device_id, contact) do update set at = excluded.at`,
      [world.operator, world.devices[0], ago(hours)],
    ),
  )
/** The machine tells something, and what is due is looked at. */
async function looks(): Promise<Incident[]> {
  await database.db.withSystem(tx =>
    tx.query('update device_heads set last_event_at = now() where device_id = $1', [
      world.devices[0],
    ]),
  )
  const job = stockJob({ db: database.db })
  for (const id of await job.due()) await job.run(id)
  const { body } = await app.ask(operator, 'GET', '/api/v1/incidents')
  return (body as { items: Incident[] }).items
}

describe('goods', () => {
  test('that agree with the sales are shown so', async () => {
    await visits(9, { counted: 2, added: 18 })
    await sells(7, 5)
    await visits(1, { counted: 13 })
    expect(await looks()).toEqual([])
    const { items } = (await app.ask(operator, 'GET', path())).body as { items: StockVisitView[] }
    expect(items[0]?.lines).toEqual([
      {
        slot: 'A3',
        counted: 13,
        added: 0,
        removed: 0,
        check: { opening: 20, refilled: 0, removed: 0, sold: 7, error: 0, hasRisen: false },
      },
    ])
  })

  test('that are missing become an incident, once, until somebody says why', async () => {
    await visits(9, { counted: 20 })
    await sells(10, 5)
    await visits(1, { counted: 6 })
    const [found = expect.fail('none'), ...others] = await looks()
    expect(others).toEqual([])
    expect(found).toMatchObject({
      kind: 'stock-short',
      detail: { pieces: 4, sales: 10, visits: 1, slots: { A3: 4 }, visitor: 'Chen' },
    })
    const closure = `/api/v1/incidents/${found.id}/closure`
    await app.ask(operator, 'POST', closure, { reason: 'four were past their date' })
    await database.db.withSystem(tx =>
      tx.query("update stock_visits set looked_at = now() - interval '2 days'"),
    )
    expect(await looks()).toMatchObject([{ closedReason: 'four were past their date' }])
  })

  test('one missing of ten shows only when it goes on', async () => {
    await visits(60, { counted: 100 })
    const kinds = []
    for (const [n, hours] of [50, 40, 30, 20].entries()) {
      await sells(10, hours + 1)
      await visits(hours, { counted: 100 - 11 * (n + 1) })
      kinds.push((await looks()).map(({ kind }) => kind))
    }
    // 1 − 10 × 0.006343 a visit: 0.94, 1.87, 2.81, 3.75.
    expect(kinds).toEqual([[], [], [], ['stock-short']])
  })

  test('cannot become more by themselves', async () => {
    await visits(9, { counted: 20 })
    await visits(1, { counted: 22 })
    expect(await looks()).toMatchObject([{ kind: 'stock-risen', detail: { slots: { A3: -2 } } }])
  })
})

test('a refill that no door opened for', async () => {
  await visits(30, { added: 5 })
  expect(await looks()).toEqual([])
  await door(9)
  await visits(8, { added: 5 })
  await visits(1, { added: 5 })
  expect((await looks()).map(({ kind, detail }) => [kind, detail.added])).toEqual([
    ['refill-unseen', 5],
  ])
})

test('many sales while somebody stood there are a weak sign', async () => {
  await visits(4, { counted: 20 })
  await sells(9, 4)
  expect(await looks()).toEqual([])
  await visits(1, { counted: 11 })
  await sells(10, 1)
  expect(await looks()).toMatchObject([
    { kind: 'sales-at-visit', detail: { sales: 10, isWeak: true } },
  ])
})

test('nothing is said before the machine’s log reaches to the visit', async () => {
  await visits(9, { counted: 20 })
  await visits(1, { counted: 2 })
  expect(await stockJob({ db: database.db }).due()).not.toContain(world.devices[0])
  expect(await looks()).toMatchObject([{ kind: 'stock-short' }])
})

test('visits are stated in order, of one’s own machines, and seen with the machine', async () => {
  expect(await visits(5, { counted: 1 })).toBe(201)
  expect(await visits(6, { counted: 1 })).toBe(409)
  expect(await visits(-3, { counted: 1 })).toBe(400)
  expect(await visits(1, {})).toBe(400)
  const other = sessionOf(world, world.site, 'operator')
  expect(await visits(1, { counted: 1 }, other)).toBe(404)
  const lender = sessionOf(world, world.lender, 'lender')
  const seen = async () => ((await app.ask(lender, 'GET', path())).body as { items: [] }).items
  expect(await seen()).toHaveLength(0)
  await grant(database.db, world, world.lender, 'monitor')
  expect(await seen()).toHaveLength(1)
})
