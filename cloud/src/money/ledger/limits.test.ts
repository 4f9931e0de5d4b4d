/** Limits of single accounts, as a table that a banker can read. */
import { randomBytes } from 'node:crypto'
import type { AccountLimitView } from '@tillproof/shared/api/account-limits.ts'
import { formatDecimal } from '@tillproof/shared/money/money.ts'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { makeWorld, sessionOf, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import { limitRoutes } from './limit-routes.ts'
import { leg, sourceOf } from './testing-postings.ts'
import { pend, voidPending } from './two-phase.ts'
import { type BookWriters, bookWriters } from './writers.ts'

let database: TestDatabase
let app: TestApp
let world: World
let writers: BookWriters
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, limitRoutes())
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  const deps = { writer: 'one', leaseMs: 60_000, clock: Date.now, randomBytes }
  writers = bookWriters({ db: database.db, ...deps })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const RESERVE = 'reserve:loan:cash'
const NOON = 1_760_000_000_000
let number = 0

async function sets(limit: object, path = RESERVE): Promise<void> {
  const operator = sessionOf(world, world.operator, 'operator')
  const body = { path, currency: 'CNY', note: 'by the facility letter', ...limit }
  const { status } = await app.ask(operator, 'POST', '/api/v1/account-limits', body)
  expect(status).toBe(204)
}
async function states(): Promise<string[]> {
  const operator = sessionOf(world, world.operator, 'operator')
  const { body } = await app.ask(operator, 'GET', '/api/v1/account-limits')
  return (body as { items: AccountLimitView[] }).items.map(({ state }) => state)
}
/** What came of it, and the reserve's balance afterwards: credits less debits. */
async function books(side: 'debit' | 'credit', minor: bigint): Promise<string> {
  const other = side === 'debit' ? 'credit' : 'debit'
  const source = sourceOf(`t:${++number}`, leg(side, RESERVE, minor), leg(other, 'bank:x:y', minor))
  return told(await writers.post(world.operator, [source]))
}
async function told(posted: Awaited<ReturnType<BookWriters['post']>>): Promise<string> {
  const outcome = 'ok' in posted ? posted.results[0]?.outcome : posted.refused
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ minor: bigint }>(
      `select credits_posted - debits_posted as minor from accounts
        where operator_id = $1 and path = $2`,
      [world.operator, RESERVE],
    ),
  )
  const balance = formatDecimal({ amountMinor: row?.minor ?? 0n, currency: 'CNY' })
  return `${outcome}, ${balance}`
}
const faults = async () => (await checkBook(database.db, world.operator)).faults

describe('a reserve that may hold 50.00 at most, and never owe', () => {
  test('is held to it journal by journal', async () => {
    await sets({ rule: 'debits-within-credits', mostMinor: '5000' })
    expect(await states()).toEqual(['waiting'])
    expect([
      await books('credit', 3000n),
      await books('credit', 2001n),
      await books('credit', 2000n),
      await books('debit', 5001n),
      await books('debit', 1000n),
    ]).toEqual([
      'posted, 30.00',
      'rule-broken, 30.00',
      'posted, 50.00',
      'rule-broken, 50.00',
      'posted, 40.00',
    ])
    expect(await states()).toEqual(['applied'])
    expect(await faults()).toEqual([])
  })

  test('is held to it within one batch, and with what is pending', async () => {
    await sets({ mostMinor: '5000' })
    const of = (minor: bigint) =>
      sourceOf(`t:${++number}`, leg('credit', RESERVE, minor), leg('debit', 'bank:x:y', minor))
    const batch = await writers.post(world.operator, [of(3000n), of(3000n), of(1000n)])
    expect('ok' in batch && batch.results.map(({ outcome }) => outcome)).toEqual([
      'posted',
      'rule-broken',
      'posted',
    ])
    const hold = {
      ...{ id: `hold-${number}`, currency: 'CNY', atMs: NOON },
      ...{ deviceId: null, untilMs: NOON + 1000 },
      legs: [leg('credit', RESERVE, 1000n), leg('debit', 'bank:x:y', 1000n)],
    }
    expect(await told(await writers.post(world.operator, [pend(hold)]))).toBe('posted, 40.00')
    expect(await books('credit', 1n)).toBe('rule-broken, 40.00')
    expect(await told(await writers.post(world.operator, [voidPending(hold)]))).toBe(
      'posted, 40.00',
    )
    expect(await books('credit', 1n)).toBe('posted, 40.01')
    expect(await faults()).toEqual([])
  })

  test('takes the limit on only when its balance keeps it, and may be let off', async () => {
    expect(await books('credit', 9000n)).toBe('posted, 90.00')
    await sets({ mostMinor: '5000' })
    expect(await books('debit', 1000n)).toBe('posted, 80.00')
    expect(await states()).toEqual(['waiting'])
    expect(await books('debit', 4000n)).toBe('posted, 40.00')
    expect(await books('credit', 500n)).toBe('posted, 45.00')
    expect(await books('credit', 501n)).toBe('rule-broken, 45.00')
    await sets({})
    expect(await books('credit', 501n)).toBe('posted, 50.01')
    expect(await faults()).toEqual([])
  })

  test('is held to it by the database, whoever writes', async () => {
    await sets({ mostMinor: '5000' })
    await books('credit', 5000n)
    const owner = new pg.Client({ connectionString: database.url })
    await owner.connect()
    const more = owner.query(
      `update accounts set credits_posted = credits_posted + 1
        where operator_id = $1 and path = $2`,
      [world.operator, RESERVE],
    )
    await expect(more).rejects.toThrow(/violates check constraint/)
    await owner.end()
  })
})

test('nobody but the operator sets limits in its book', async () => {
  const lender = sessionOf(world, world.lender, 'lender')
  const body = { path: RESERVE, currency: 'CNY', mostMinor: '1', note: 'mine' }
  expect((await app.ask(lender, 'POST', '/api/v1/account-limits', body)).status).toBe(403)
})
