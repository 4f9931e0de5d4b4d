/** A writer with two batches at once, and one that crashes at any statement of a posting. */

import { randomBytes, randomUUID } from 'node:crypto'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import { faultyDb, STATEMENTS } from './testing-faults.ts'
import { leg, sourceOf, taking } from './testing-postings.ts'
import { type BookWriter, openBookWriter, type WriterDeps } from './writer.ts'
import { bookWriters } from './writers.ts'

let database: TestDatabase
let world: World
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
})
afterAll(() => database.drop())

const depsOf = (change: Partial<WriterDeps> = {}): WriterDeps => ({
  db: database.db,
  writer: randomUUID(),
  leaseMs: 5_000,
  clock: Date.now,
  randomBytes,
  ...change,
})
async function open(change: Partial<WriterDeps> = {}): Promise<BookWriter> {
  const opened = await openBookWriter(depsOf(change), world.operator)
  if (!('ok' in opened)) throw new TypeError(opened.refused)
  return opened.writer
}

const balancesOf = (operator: string) =>
  database.db.withSystem(tx =>
    tx.query<Record<string, unknown>>(
      `select path, debits_posted, credits_posted, debits_pending, credits_pending
         from accounts where operator_id = $1 order by path`,
      [operator],
    ),
  )
const isSound = async () => (await checkBook(database.db, world.operator)).faults

describe('two batches at once', () => {
  test('are booked in the order of the calls, each on top of the one before', async () => {
    const writer = await open()
    const takings = `device:${world.devices[0]}:takings`
    const into = sourceOf(
      'in',
      leg('debit', 'psp:sandbox:receivable', 5n),
      leg('credit', takings, 5n),
    )
    const out = sourceOf('out', leg('debit', takings, 5n), leg('credit', 'party:x:share', 5n))
    const both = [writer.post([into]), writer.post([out, into, { ...into, payloadHash: other }])]
    expect(await Promise.all(both)).toEqual([
      { ok: true, results: [{ businessId: 'in', outcome: 'posted', seq: 1n }] },
      {
        ok: true,
        results: [
          { businessId: 'out', outcome: 'posted', seq: 2n },
          { businessId: 'in', outcome: 'exists', seq: 1n },
          { businessId: 'in', outcome: 'conflict', seq: 1n },
        ],
      },
    ])
    expect(await isSound()).toEqual([])
  })

  test('are both lost with the first, and both booked by whoever comes next', async () => {
    const faulty = faultyDb(database.db)
    const writers = bookWriters(depsOf({ db: faulty.db }))
    const post = (id: string) => writers.post(world.operator, [taking(id, 10n)])
    await post('earlier')
    faulty.failNext({ when: 'before', where: 'copy legs' })
    const [first, second] = await Promise.allSettled([post('a'), post('b')])
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'crash' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: { refused: 'busy' } })
    expect(await isSound()).toEqual([])
    for (const id of ['a', 'b']) {
      expect(await post(id)).toMatchObject({ ok: true, results: [{ outcome: 'posted' }] })
    }
    expect((await balancesOf(world.operator))[0]).toMatchObject({ credits_posted: 30n })
    expect(await isSound()).toEqual([])
  })
})
const other = sha256(utf8('other facts'))

describe('a crash at every statement of a posting', () => {
  const faults = STATEMENTS.flatMap(where => [
    ['before', where] as const,
    ['after', where] as const,
  ])
  test.each([...faults, ['after', 'commit'] as const])(
    '%s %s: booked once after the retry',
    async (when, where) => {
      const faulty = faultyDb(database.db)
      const writers = bookWriters(depsOf({ db: faulty.db }))
      await writers.post(world.operator, [taking('earlier', 7n)])
      faulty.failNext({ when, where })
      await expect(writers.post(world.operator, [taking('sale:1', 350n)])).rejects.toThrow('crash')
      expect(await isSound()).toEqual([])
      const again = await writers.post(world.operator, [taking('sale:1', 350n)])
      const expected = where === 'commit' ? 'exists' : 'posted'
      expect(again).toMatchObject({ ok: true, results: [{ outcome: expected }] })
      expect((await balancesOf(world.operator))[0]).toMatchObject({ credits_posted: 357n })
      expect(await isSound()).toEqual([])
      const leaves = await database.db.withSystem(tx =>
        tx.query(`select ref from log_staged where ref like $1 || '.%'`, [world.operator]),
      )
      expect(leaves).toHaveLength(2)
    },
  )
})
