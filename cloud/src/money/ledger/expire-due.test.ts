/** What was held for too long is given back, once, and what was posted in time is not. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld } from '../testing.ts'
import { checkBook } from './check.ts'
import { booksWithExpired, expireDue } from './expire-due.ts'
import { readAccounts } from './store.ts'
import { pend, postPending } from './two-phase.ts'
import { bookWriters } from './writers.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const NOON = 1_760_000_000_000
const held = (id: string, amountMinor: bigint, untilMs: number) =>
  pend({
    ...{ id, deviceId: null, currency: 'CNY', atMs: NOON, untilMs },
    legs: [
      { side: 'debit', account: 'psp:sandbox:receivable', amountMinor },
      { side: 'credit', account: 'party:owner:share', amountMinor },
    ],
  })

test('what is due expires, whoever asks how often', async () => {
  const { operator } = await makeWorld(database.db)
  const writer = { writer: randomUUID(), leaseMs: 60_000, clock: Date.now, randomBytes }
  const deps = { db: database.db, writers: bookWriters({ db: database.db, ...writer }) }
  const due = (nowMs: number) => database.db.withSystem(tx => booksWithExpired(tx, nowMs))
  await deps.writers.post(operator, [
    held('due', 100n, NOON + 10),
    held('later', 20n, NOON + 11),
    held('posted', 3n, NOON + 10),
    postPending({ id: 'posted', currency: 'CNY', atMs: NOON + 9 }),
  ])
  expect(await due(NOON + 9)).toEqual([])
  expect(await due(NOON + 10)).toEqual([operator])
  await Promise.all([1, 2].map(() => expireDue(deps, operator, NOON + 10)))
  expect(await due(NOON + 10)).toEqual([])
  const accounts = await database.db.withSystem(tx => readAccounts(tx, operator))
  expect(accounts).toMatchObject([
    { path: 'party:owner:share', creditsPosted: 3n, creditsPending: 20n },
    { path: 'psp:sandbox:receivable', debitsPosted: 3n, debitsPending: 20n },
  ])
  const { faults, journals } = await checkBook(database.db, operator)
  expect({ faults, journals }).toEqual({ faults: [], journals: 5n })
})
