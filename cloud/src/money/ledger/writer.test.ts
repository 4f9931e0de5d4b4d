/** The one writer of a book: once only, fenced, whole or not at all, whatever crashes. */

import { randomBytes, randomUUID } from 'node:crypto'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import type { PostingSource } from './draft-batch.ts'
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
const outcomes = async (writer: BookWriter, ...sources: PostingSource[]) => {
  const result = await writer.post(sources)
  return 'ok' in result ? result.results.map(each => each.outcome) : result.refused
}
const isSound = async () => (await checkBook(database.db, world.operator)).faults

describe('once only', () => {
  test('the same business id books once, in one batch or in many', async () => {
    const writer = await open()
    const sale = taking('sale:1', 350n)
    expect(await outcomes(writer, sale, sale)).toEqual(['posted', 'exists'])
    for (let i = 0; i < 8; i++) expect(await outcomes(writer, sale)).toEqual(['exists'])
    expect(await balancesOf(world.operator)).toMatchObject([
      { path: 'party:x:share', credits_posted: 350n, debits_posted: 0n },
      { path: 'psp:sandbox:receivable', credits_posted: 0n, debits_posted: 350n },
    ])
    expect(await isSound()).toEqual([])
  })

  test('the same id with other facts is a conflict, and books nothing', async () => {
    const writer = await open()
    const other = { ...taking('sale:1', 351n), payloadHash: sha256(utf8('other facts')) }
    expect(await outcomes(writer, taking('sale:1', 350n), other)).toEqual(['posted', 'conflict'])
    expect(await outcomes(writer, other)).toEqual(['conflict'])
    expect(await isSound()).toEqual([])
  })
})

describe('rules', () => {
  test('a journal that does not balance is left out, those around it are not', async () => {
    const writer = await open()
    const crooked = sourceOf('crooked', leg('debit', 'party:x:share', 1n))
    const zero = sourceOf('zero', leg('debit', 'party:x:share', 0n), leg('credit', 'a:b', 0n))
    const batch = [taking('a', 1n), crooked, zero, taking('b', 2n)]
    expect(await outcomes(writer, ...batch)).toEqual([
      'posted',
      'unbalanced',
      'unbalanced',
      'posted',
    ])
    expect(await isSound()).toEqual([])
  })

  test('a machine cannot pass on more than it took, also within one batch', async () => {
    const writer = await open()
    const takings = `device:${world.devices[0]}:takings`
    const out = (id: string, amount: bigint) =>
      sourceOf(id, leg('debit', takings, amount), leg('credit', 'party:x:share', amount))
    const into = (id: string, amount: bigint) =>
      sourceOf(id, leg('debit', 'psp:sandbox:receivable', amount), leg('credit', takings, amount))
    const batch = [out('too early', 5n), into('in', 5n), out('out', 3n), out('too much', 3n)]
    expect(await outcomes(writer, ...batch)).toEqual([
      'rule-broken',
      'posted',
      'posted',
      'rule-broken',
    ])
    expect(await isSound()).toEqual([])
  })

  test('the database refuses crooked legs and every change, whoever asks', async () => {
    await outcomes(await open(), taking('a', 1n))
    const asSystem = (sql: string) => database.db.withSystem(tx => tx.query(sql))
    await expect(asSystem('update legs set amount_minor = 2')).rejects.toThrow('denied')
    await expect(asSystem('delete from journals')).rejects.toThrow('denied')
    const crooked = asSystem(
      `insert into legs select operator_id, journal_seq, 9, account_id, currency, side, phase, 5
         from legs where side = 'debit'`,
    )
    await expect(crooked).rejects.toThrow('does not balance')
  })

  test('the database refuses a name of no journal, account, batch or machine', async () => {
    await outcomes(await open(), taking('a', 1n))
    const asSystem = (sql: string) => database.db.withSystem(tx => tx.query(sql))
    const legs = (journal: string, account: string) => `
      insert into legs (operator_id, journal_seq, leg_no, account_id, currency, side, phase,
        amount_minor)
      select operator_id, ${journal}, leg_no + 10, ${account}, currency, side, phase, amount_minor
        from legs`
    await expect(asSystem(legs('journal_seq + 7', 'account_id'))).rejects.toThrow('no journal 8')
    await expect(asSystem(legs('journal_seq', 'account_id + 70'))).rejects.toThrow('no account 7')
    const journal = (batch: string, device: string) => `
      insert into journals (operator_id, seq, batch_seq, business_id, payload_hash, kind, device_id,
        source_at, booked_at, salt)
      select operator_id, 99, ${batch}, 'other', payload_hash, kind, ${device}, source_at,
        booked_at, salt from journals limit 1`
    await expect(asSystem(journal('batch_seq + 7', 'null'))).rejects.toThrow('no batch')
    await expect(asSystem(journal('batch_seq', "'dnobody'"))).rejects.toThrow('no device dnobody')
  })
})

describe('two writers at once', () => {
  test('the second is held off while the first has its lease', async () => {
    await open()
    expect(await openBookWriter(depsOf(), world.operator)).toEqual({ refused: 'held' })
  })

  test('a paused writer that was taken over cannot write', async () => {
    const zombie = await open({ leaseMs: -1 })
    await outcomes(zombie, taking('a', 1n))
    const heir = await open()
    expect(await outcomes(zombie, taking('b', 2n))).toBe('fenced')
    expect(await outcomes(heir, taking('a', 1n), taking('c', 3n))).toEqual(['exists', 'posted'])
    expect(await outcomes(zombie, taking('d', 4n))).toBe('fenced')
    expect((await balancesOf(world.operator))[0]).toMatchObject({ credits_posted: 4n })
    expect(await isSound()).toEqual([])
  })

  test('one that was taken over answers nothing by its old balances', async () => {
    const zombie = await open({ leaseMs: -1 })
    const takings = `device:${world.devices[0]}:takings`
    const into = [leg('debit', 'psp:sandbox:receivable', 5n), leg('credit', takings, 5n)]
    const out = sourceOf('out', leg('debit', takings, 5n), leg('credit', 'party:x:share', 5n))
    expect(await outcomes(zombie, out)).toEqual(['rule-broken'])
    const heir = await open()
    await outcomes(heir, sourceOf('in', ...into))
    expect(await outcomes(zombie, out)).toBe('fenced')
    expect(await outcomes(heir, out)).toEqual(['posted'])
  })

  test('two processes delivering the same sales clear each once', async () => {
    const [one, two] = [bookWriters(depsOf({ leaseMs: 20 })), bookWriters(depsOf({ leaseMs: 20 }))]
    const sales = Array.from({ length: 30 }, (_, i) => taking(`sale:${i}`, 10n))
    const deliver = async (writers: typeof one) => {
      for (let round = 0; round < 10; round++) await writers.post(world.operator, sales)
    }
    await Promise.all([deliver(one), deliver(two)])
    expect((await balancesOf(world.operator))[0]).toMatchObject({ credits_posted: 300n })
    expect(await isSound()).toEqual([])
    await Promise.all([one.close(), two.close()])
  })
})
