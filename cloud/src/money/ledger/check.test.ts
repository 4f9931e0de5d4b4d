/** The checker finds what somebody changed behind the ledger's back, with triggers switched off. */
import { randomBytes, randomUUID } from 'node:crypto'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import { bookWriters } from './writers.ts'

let database: TestDatabase
let world: World
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** Three batches of two sales each, 3.50 a sale. */
beforeEach(async () => {
  world = await makeWorld(database.db)
  const writers = bookWriters({
    db: database.db,
    writer: randomUUID(),
    leaseMs: 5_000,
    clock: Date.now,
    randomBytes,
  })
  for (const batch of [0, 1, 2]) {
    await writers.post(world.operator, [saleOf(2 * batch), saleOf(2 * batch + 1)])
  }
  await writers.close()
})

const saleOf = (number: number) => ({
  businessId: `sale:${number}`,
  payloadHash: sha256(utf8(String(number))),
  currency: 'CNY',
  draft: () => ({
    kind: 'sale',
    deviceId: null,
    sourceAtMs: 1_760_000_000_000,
    agreement: null,
    legs: [
      { side: 'debit' as const, account: 'psp:sandbox:receivable', ...amount },
      { side: 'credit' as const, account: 'party:x:share', ...amount },
    ],
  }),
})
const amount = { currency: 'CNY', phase: 'posted' as const, amountMinor: 350n }

/** As the owner of the database with all triggers off: the strongest hand there is. */
async function tamper(sql: string): Promise<void> {
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  try {
    await owner.query("set session_replication_role = 'replica'")
    const { rowCount } = await owner.query(sql.replaceAll('$book', `'${world.operator}'`))
    expect(rowCount).toBeGreaterThan(0)
  } finally {
    await owner.end()
  }
}

test('an honest book has a trial balance and no faults', async () => {
  expect(await checkBook(database.db, world.operator)).toEqual({
    operatorId: world.operator,
    journals: 6n,
    batches: 3n,
    totals: [{ currency: 'CNY', debits: 2100n, credits: 2100n }],
    faults: [],
  })
})

const CROOKED_LEG = `
  insert into legs
  select operator_id, journal_seq, 9, account_id, currency, side, phase, 5
    from legs where operator_id = $book and journal_seq = 1 and leg_no = 1`
const BOTH = ['balance-differs', 'balance-differs']

test.each([
  [
    'one leg',
    `update legs set amount_minor = 349
      where operator_id = $book and journal_seq = 3 and leg_no = 1`,
    ['root-differs', 'journal-unbalanced', 'balance-differs'],
  ],
  [
    'both legs',
    'update legs set amount_minor = 1 where operator_id = $book and journal_seq = 3',
    ['root-differs', ...BOTH],
  ],
  ['a leg slipped in', CROOKED_LEG, ['root-differs', 'journal-unbalanced', 'balance-differs']],
  [
    'a balance',
    `update accounts set credits_posted = 1
      where operator_id = $book and path = 'party:x:share'`,
    ['balance-differs'],
  ],
  [
    'a date',
    `update journals set source_at = source_at + interval '1 day'
      where operator_id = $book and seq = 1`,
    ['root-differs'],
  ],
  [
    'a whole journal taken out',
    'delete from journals where operator_id = $book and seq = 2',
    ['root-differs', 'journal-missing', 'stray-rows', ...BOTH],
  ],
  [
    'the last batch taken out',
    'delete from posting_batches where operator_id = $book and seq = 3',
    ['head-differs', 'head-differs', 'stray-rows', ...BOTH],
  ],
  [
    'the head',
    `update books set head_hash = decode(repeat('11', 32), 'hex') where operator_id = $book`,
    ['head-differs'],
  ],
  [
    'a link',
    `update posting_batches set previous = decode(repeat('11', 32), 'hex')
      where operator_id = $book and seq = 2`,
    ['chain-broken', 'chain-broken'],
  ],
])('%s', async (_, sql, codes) => {
  await tamper(sql)
  const { faults } = await checkBook(database.db, world.operator)
  expect(faults.map(fault => fault.code)).toEqual(codes)
})
