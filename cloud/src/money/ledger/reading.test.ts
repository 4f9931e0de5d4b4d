/** Statements, read from a real book: lines in the order in which they were booked. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld } from '../testing.ts'
import { readStatement } from './reading.ts'
import { leg, sourceOf } from './testing-postings.ts'
import { bookWriters } from './writers.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('a machine takes a sale before it passes it on; the newest lines come last', async () => {
  const { operator, devices } = await makeWorld(database.db)
  const takings = `device:${devices[0]}:takings`
  const sale = (id: string, minor: bigint) =>
    sourceOf(
      id,
      ...[leg('debit', 'psp:sandbox:receivable', minor), leg('credit', takings, minor)],
      ...[leg('debit', takings, minor - 50n), leg('credit', 'party:x:share', minor - 50n)],
    )
  const writer = { writer: randomUUID(), leaseMs: 60_000, clock: Date.now, randomBytes }
  const writers = bookWriters({ db: database.db, ...writer })
  await writers.post(operator, [sale('first', 350n), sale('second', 150n)])
  const read = async (limit: number) => {
    const lines = await database.db.withSystem(tx =>
      readStatement(tx, operator, takings, 'CNY', limit),
    )
    return lines.map(each => [each.businessId, each.side, each.amountMinor, each.balanceMinor])
  }
  const lines = [
    ['first', 'credit', 350n, 350n],
    ['first', 'debit', 300n, 50n],
    ['second', 'credit', 150n, 200n],
    ['second', 'debit', 100n, 100n],
  ]
  expect(await read(10)).toEqual(lines)
  expect(await read(3)).toEqual(lines.slice(1))
})
