/** The one writer of a book: once only, fenced, whole or not at all, whatever crashes. */

import { randomBytes, randomUUID } from 'node:crypto'
import { EMPTY_BOOK } from '@tillproof/shared/agreement/state.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '../../platform/db/db.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import type { JournalDraft } from './book.ts'
import { checkBook } from './check.ts'
import { type BookWriter, openBookWriter, type PostingSource, type WriterDeps } from './writer.ts'
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

const leg = (
  side: 'debit' | 'credit',
  account: string,
  amountMinor: bigint,
  phase: JournalLeg['phase'] = 'posted',
): JournalLeg => ({ side, account, amountMinor, phase, currency: 'CNY' })
const draftOf = (...legs: JournalLeg[]): JournalDraft => ({
  kind: 'sale',
  deviceId: null,
  sourceAtMs: 1_760_000_000_000,
  agreement: null,
  legs,
})
const sourceOf = (
  businessId: string,
  ...legs: JournalLeg[]
): PostingSource & { facts: string } => ({
  businessId,
  facts: businessId,
  payloadHash: sha256(utf8(businessId)),
  currency: 'CNY',
  draft: () => draftOf(...legs),
})
const taking = (businessId: string, amount: bigint): PostingSource =>
  sourceOf(
    businessId,
    leg('debit', 'psp:sandbox:receivable', amount),
    leg('credit', 'party:x:share', amount),
  )
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

describe('two phases', () => {
  const pending = (id: string) =>
    sourceOf(
      id,
      leg('debit', 'psp:sandbox:receivable', 350n, 'pending'),
      leg('credit', 'party:x:share', 350n, 'pending'),
    )
  const released = [
    leg('debit', 'psp:sandbox:receivable', 350n, 'released'),
    leg('credit', 'party:x:share', 350n, 'released'),
  ]
  test('pending is posted by releasing and posting, voided by releasing alone', async () => {
    const writer = await open()
    await outcomes(writer, pending('a'), pending('b'))
    const post = sourceOf('post a', ...released, ...taking('', 350n).draft(noState).legs)
    expect(await outcomes(writer, post)).toEqual(['posted'])
    expect((await balancesOf(world.operator))[0]).toMatchObject({
      credits_posted: 350n,
      credits_pending: 350n,
    })
    expect(await outcomes(writer, sourceOf('void b', ...released))).toEqual(['posted'])
    expect((await balancesOf(world.operator))[0]).toMatchObject({ credits_pending: 0n })
    expect(await outcomes(writer, sourceOf('void again', ...released))).toEqual(['rule-broken'])
    expect(await isSound()).toEqual([])
  })
})
const noState = EMPTY_BOOK

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

describe('a crash at every statement of the posting transaction', () => {
  // begin · look up · move book · journals · legs · stage leaf · commit: before each, after each.
  test.each([
    ['before', 1],
    ['after', 1],
    ['before', 2],
    ['after', 2],
    ['before', 3],
    ['after', 3],
    ['before', 4],
    ['after', 4],
    ['before', 5],
    ['after', 5],
    ['after', 'commit'],
  ] as const)('%s statement %s: booked once after the retry', async (when, where) => {
    const faulty = faultyDb(database.db)
    const writers = bookWriters(depsOf({ db: faulty.db }))
    await writers.post(world.operator, [taking('earlier', 7n)])
    faulty.failNext(when, where)
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
  })
})

/** Breaks one transaction, before or after its nth statement, or after its commit. */
function faultyDb(db: Db) {
  let fault: { when: 'before' | 'after'; where: number | 'commit' } | undefined
  const crash = () => {
    fault = undefined
    throw new TypeError('crash')
  }
  const withSystem: Db['withSystem'] = async (fn, options) => {
    let statement = 0
    async function step<T>(run: () => Promise<T>): Promise<T> {
      statement += 1
      const here = fault?.where === statement
      if (here && fault?.when === 'before') crash()
      const result = await run()
      if (here && fault?.when === 'after') crash()
      return result
    }
    const result = await db.withSystem(
      tx =>
        fn({
          query: (sql, values) => step(() => tx.query(sql, values)),
          copy: (sql, rows) => step(() => tx.copy(sql, rows)),
        }),
      options,
    )
    if (fault?.where === 'commit') crash()
    return result
  }
  return {
    db: { ...db, withSystem },
    failNext: (when: 'before' | 'after', where: number | 'commit') => {
      fault = { when, where }
    },
  }
}
