/** A crash at each statement on a settlement's way, before and after: settled once all the same. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { checkBook } from '../ledger/check.ts'
import { type Fault, faultyDb, SETTLING_STATEMENTS, STATEMENTS } from '../ledger/testing-faults.ts'
import { bookWriters } from '../ledger/writers.ts'
import { settleBook } from './settlement.ts'
import { DAY, type SettledBench, settledBench } from './testing-settled.ts'

let database: TestDatabase
let book: SettledBench
beforeAll(async () => {
  database = await testDatabase()
  book = await settledBench(database.db)
  await book.agrees()
})
afterAll(async () => {
  await book.close()
  await database.drop()
})

const FAULTS: Fault[] = [...STATEMENTS, ...SETTLING_STATEMENTS].flatMap(where => [
  { when: 'before', where } as const,
  { when: 'after', where } as const,
])

test('each crash leaves what the next run finishes, and nothing twice', async () => {
  const orders: string[] = []
  for (const _ of [...FAULTS, 'commit']) orders.push(await book.pays(350n))
  const lines = orders.map(orderId => ({ orderId, amountMinor: 350n, feeMinor: 2n }))
  book.bill(DAY, lines)
  await book.noonAfter(DAY)
  for (const fault of [...FAULTS, { when: 'after', where: 'commit' } as const]) {
    await book.sells(orders.pop() ?? '', 350n)
    await book.writers.close()
    const faulty = faultyDb(database.db)
    faulty.failNext(fault)
    const name = { writer: randomUUID(), leaseMs: 1, clock: Date.now, randomBytes }
    const writers = bookWriters({ db: faulty.db, ...name })
    const told = await settleBook({ db: faulty.db, writers }, book.world.operator).catch(
      (error: unknown) => error,
    )
    expect(told, `${fault.when} ${fault.where}`).toMatchObject({ message: 'crash' })
    await writers.close()
    await book.settle()
  }
  const count = BigInt(lines.length)
  expect(await book.accounts()).toMatchObject({
    receivable: `${350n * count} / ${350n * count}`,
    'loan:repaid': `0 / ${105n * count}`,
    'party:operator:available': `0 / ${208n * count}`,
  })
  expect((await checkBook(database.db, book.world.operator)).faults).toEqual([])
}, 120_000)
