/** A court's order from the paper to the blocked account and back; who may give one. */
import type { FreezeOrderView } from '@tillproof/shared/api/freezes.ts'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { ago, openTill, type Till } from '../cash/testing-till.ts'
import { checkBook } from '../ledger/check.ts'
import { sessionOf } from '../testing.ts'
import { unfreezeJob } from './job.ts'
import { freezeRoutes } from './routes.ts'

let database: TestDatabase
let app: TestApp
let platform: Session
let till: Till
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, freezeRoutes({ clock: Date.now }))
  platform = await testSession(database.db, 'platform')
})
beforeEach(async () => {
  till = await openTill(database.db)
})
afterEach(() => till.close())
afterAll(async () => {
  await app.close()
  await database.drop()
})

const order = async (by: Session, change: object = {}) => {
  const { body, status } = await app.ask(by, 'POST', '/api/v1/freeze-orders', {
    bookId: till.world.operator,
    partyId: till.world.site,
    cause: 'court',
    document: 'People’s Court of Hongkou, (2026) 沪0109执 1234',
    ...change,
  })
  return { status, ...(body as FreezeOrderView & { code: string }) }
}
const release = (by: Session, id: string) =>
  app.ask(by, 'POST', `/api/v1/freeze-orders/${id}/release`, { document: 'lifted on 22 November' })
const settle = async () => {
  const job = unfreezeJob({ db: database.db, writers: till.writers })
  for (const id of await job.due()) await job.run(id)
}
/** 10 % of each is the site's. */
const sells = async (amountMinor: bigint) => {
  await till.sells(amountMinor, ago(1))
  await till.clears()
}
const ofSite = async () => {
  const balances = await till.balances()
  const entries = Object.entries(balances).filter(([path]) => path.startsWith('party:site:'))
  return Object.fromEntries(entries)
}

describe('while an order is in force', () => {
  test('later sales go to the blocked account, and back when it is lifted', async () => {
    await sells(1000n)
    const { id } = await order(platform)
    await sells(500n)
    expect(await ofSite()).toEqual({ 'party:site:share': 100, 'party:site:blocked': 50 })
    const { items } = (await app.ask(till.operator, 'GET', '/api/v1/freeze-orders')).body as {
      items: FreezeOrderView[]
    }
    expect(items).toMatchObject([
      { id, state: 'in-force', blocked: [{ amountMinor: '50', currency: 'CNY' }] },
    ])
    await settle()
    expect(await ofSite()).toMatchObject({ 'party:site:blocked': 50 })
    expect((await release(platform, id)).status).toBe(200)
    await settle()
    expect(await ofSite()).toEqual({ 'party:site:share': 100, 'party:site:available': 50 })
    await sells(1000n)
    expect(await ofSite()).toEqual({ 'party:site:share': 200, 'party:site:available': 50 })
  })

  test('no more is kept than it asks for, and what another asks for stays', async () => {
    const first = await order(platform, { limit: { amountMinor: '70', currency: 'CNY' } })
    await order(platform, { limit: { amountMinor: '30', currency: 'CNY' }, cause: 'risk' })
    await sells(600n)
    await sells(600n)
    expect(await ofSite()).toEqual({ 'party:site:blocked': 100, 'party:site:share': 20 })
    await release(platform, first.id)
    await settle()
    expect(await ofSite()).toMatchObject({
      'party:site:blocked': 30,
      'party:site:available': 70,
    })
  })

  test('its term ends it without anybody', async () => {
    const until = new Date(Date.now() + 400).toISOString()
    const { id } = await order(platform, { until })
    await sells(500n)
    await expect
      .poll(
        async () => {
          await settle()
          return ofSite()
        },
        { timeout: 20_000 },
      )
      .toEqual({ 'party:site:available': 50 })
    expect(await release(platform, id)).toMatchObject({ status: 200 })
  })
})

test('an operator carries out what a court orders, the platform does all else', async () => {
  const { operator, world } = till
  const lender = sessionOf(world, world.lender, 'lender')
  expect((await order(lender)).status).toBe(403)
  expect((await order(operator, { cause: 'risk' })).code).toBe('freeze.not-yours')
  expect((await order(operator, { partyId: world.operator })).code).toBe('freeze.not-yours')
  expect((await order(platform, { partyId: platform.organisation.id })).code).toBe(
    'freeze.not-a-party',
  )
  const past = new Date(Date.now() - 60_000).toISOString()
  expect((await order(platform, { from: past })).code).toBe('freeze.backwards')
  const own = await order(operator)
  const theirs = await order(platform)
  expect((await release(operator, theirs.id)).status).toBe(403)
  expect((await release(operator, own.id)).status).toBe(200)
  expect((await release(operator, own.id)).status).toBe(409)
})

test('the checker finds money that is kept without an order', async () => {
  const { id } = await order(platform)
  await sells(500n)
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  await owner.query("set session_replication_role = 'replica'")
  await owner.query('delete from freeze_orders where id = $1', [id])
  await owner.end()
  const { faults } = await checkBook(database.db, till.world.operator)
  const { site } = till.world
  expect(faults).toEqual([
    {
      code: 'freeze-differs',
      detail:
        `journal 1: it diverts 50 CNY of ${site}; ` +
        'by the orders in force it blocks and releases nothing',
    },
  ])
})
