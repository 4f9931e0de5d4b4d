/** Takings over HTTP by period: days begin where the reader is, shares add up to the sale. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { leg, sourceOf } from '../ledger/testing-postings.ts'
import { bookWriters } from '../ledger/writers.ts'
import { addSale, makeWorld, sessionOf, type World } from '../testing.ts'
import { periodsRoutes } from './periods-routes.ts'

let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
beforeAll(async () => {
  database = await testDatabase()
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
  app = await testApp(database.db, periodsRoutes())
  const [first, second] = world.devices
  // 15:30 in London is the same day, in Shanghai it is 23:30; half an hour later it is the next.
  const times = ['2025-03-31T15:30:00Z', '2025-03-31T16:30:00Z', '2025-04-02T01:00:00Z']
  for (const [index, at] of times.entries()) {
    const device = index === 2 ? second : first
    await addSale(database.db, world.operator, {
      device,
      index,
      amountMinor: 100n,
      at: new Date(at),
    })
  }
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

async function takings(query: Record<string, string>, by = operator) {
  const search = new URLSearchParams({
    from: '2025-03-01T00:00:00Z',
    to: '2025-05-01T00:00:00Z',
    step: 'day',
    zone: 'Asia/Shanghai',
    ...query,
  })
  const answer = await app.ask(by, 'GET', `/api/v1/takings?${search}`)
  return { ...answer, body: answer.body as TakingsByPeriod }
}

const sums = ({ periods }: TakingsByPeriod) =>
  periods.map(({ at, grades }) => [at, grades.map(({ sales, amount }) => [sales, amount])])
const cny = (sales: number, amountMinor: string) => [[sales, { amountMinor, currency: 'CNY' }]]

test.each([
  [
    { step: 'day', zone: 'Asia/Shanghai' },
    [
      ['2025-03-30T16:00:00.000Z', cny(1, '100')],
      ['2025-03-31T16:00:00.000Z', cny(1, '100')],
      ['2025-04-01T16:00:00.000Z', cny(1, '100')],
    ],
  ],
  [
    { step: 'month', zone: 'Europe/London' },
    [
      ['2025-03-01T00:00:00.000Z', cny(2, '200')],
      ['2025-03-31T23:00:00.000Z', cny(1, '100')],
    ],
  ],
  [{ step: 'week', zone: 'UTC' }, [['2025-03-31T00:00:00.000Z', cny(3, '300')]]],
])('%o', async (query, expected) => {
  expect(sums((await takings(query)).body)).toEqual(expected)
})

test('one machine, and only what the reader may see', async () => {
  const [first = ''] = world.devices
  expect(sums((await takings({ deviceId: first, step: 'week' })).body)).toHaveLength(1)
  const site = sessionOf(world, world.site, 'site')
  expect((await takings({}, site)).body).toMatchObject({ periods: [], shares: [] })
  expect((await takings({ deviceId: first }, site)).status).toBe(404)
})

test('shares are what came to rest; what passes through the machine is none', async () => {
  const [first = ''] = world.devices
  const own = `device:${first}:takings`
  const source = sourceOf(
    'sale:one',
    ...[leg('debit', 'psp:sandbox:receivable', 350n), leg('credit', own, 350n)],
    ...[leg('debit', own, 350n), leg('credit', 'psp:sandbox:fees', 2n)],
    leg('credit', partyShare(world.operator), 348n),
  )
  const draft: typeof source.draft = state => {
    const drafted = source.draft(state)
    if (!('legs' in drafted)) return drafted
    return { ...drafted, deviceId: first, sourceAtMs: Date.parse('2025-03-31T15:30:00Z') }
  }
  const writer = { writer: randomUUID(), leaseMs: 60_000, clock: Date.now, randomBytes }
  const writers = bookWriters({ db: database.db, ...writer })
  await writers.post(world.operator, [{ ...source, draft }])
  await writers.close()
  const shares = async (query: Record<string, string>) =>
    (await takings(query)).body.shares.map(each => [each.account, each.postedMinor])
  const expected = [
    [partyShare(world.operator), '348'],
    ['psp:sandbox:fees', '2'],
  ]
  expect(await shares({ deviceId: first })).toEqual(expected)
  expect(await shares({})).toEqual(expected)
  expect(await shares({ from: '2025-04-01T00:00:00Z' })).toEqual([])
})

test.each([
  [{ zone: 'Moon/Tranquility' }, 'period.zone'],
  [{ from: '2023-01-01T00:00:00Z' }, 'period.invalid'],
])('%o is refused', async (query, code) => {
  expect((await takings(query)).body).toMatchObject({ code })
})
