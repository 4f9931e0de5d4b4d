/** Two-phase transfers, refunds, limits and linked legs, as tables that a banker can read. */
import { randomBytes } from 'node:crypto'
import { formatDecimal } from '@tillproof/shared/money/money.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import type { PostingSource } from './draft-batch.ts'
import { leg, sourceOf } from './testing-postings.ts'
import { expirePending, pend, postPending, voidPending } from './two-phase.ts'
import { type BookWriters, bookWriters } from './writers.ts'

let database: TestDatabase
let world: World
let writers: BookWriters
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  writers = newWriters('one')
})
afterAll(() => database.drop())

const newWriters = (writer: string) =>
  bookWriters({ db: database.db, writer, leaseMs: 60_000, clock: Date.now, randomBytes })
const DAY = 86_400_000
const NOON = 1_760_000_000_000
const at = (atMs = NOON) => ({ id: 'car-7', currency: 'CNY', atMs })
const PAYER = 'psp:sandbox:receivable'

/** A deposit of 300.00 held for a car, until tomorrow. */
const deposit = (minor = 30_000n): PostingSource =>
  pend({ ...at(), deviceId: null, untilMs: NOON + DAY, legs: transfer(minor) })
const transfer = (minor: bigint, to = 'party:owner:share') => [
  { side: 'debit' as const, account: PAYER, amountMinor: minor },
  { side: 'credit' as const, account: to, amountMinor: minor },
]

async function outcomes(...sources: PostingSource[]) {
  const posted = await writers.post(world.operator, sources)
  return 'ok' in posted ? posted.results.map(each => each.outcome) : posted.refused
}

/** Balance posted, and what is pending on top of it, by account: credits less debits. */
async function table() {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ path: string; posted: bigint; pending: bigint }>(
      `select path, credits_posted - debits_posted as posted,
              credits_pending - debits_pending as pending
         from accounts where operator_id = $1 order by path`,
      [world.operator],
    ),
  )
  const short = (path: string) => path.replace(world.devices[0], 'car')
  const yuan = (minor: bigint) => formatDecimal({ amountMinor: minor, currency: 'CNY' })
  return rows.map(row => [short(row.path), yuan(row.posted), yuan(row.pending)].join(' | '))
}

const faults = async () => (await checkBook(database.db, world.operator)).faults

describe('a deposit of 300.00', () => {
  const HELD = ['party:owner:share | 0.00 | 300.00', `${PAYER} | 0.00 | -300.00`]
  const NOTHING = ['party:owner:share | 0.00 | 0.00', `${PAYER} | 0.00 | 0.00`]
  const paid = (yuan: string) => [
    `party:owner:share | ${yuan} | 0.00`,
    `${PAYER} | -${yuan} | 0.00`,
  ]

  test.each([
    ['is held', [], [], HELD],
    ['is posted in full', [postPending(at())], ['posted'], paid('300.00')],
    ['is posted in part', [postPending(at(), transfer(8_650n))], ['posted'], paid('86.50')],
    ['is given back', [voidPending(at())], ['posted'], NOTHING],
    ['expires', [expirePending(at(NOON + DAY))], ['posted'], NOTHING],
    ['does not expire before its time', [expirePending(at())], ['too-early'], HELD],
    ['is not posted after it', [postPending(at(NOON + DAY))], ['too-late'], HELD],
    ['is not posted over', [postPending(at(), transfer(30_001n))], ['over-pending'], HELD],
    [
      'is not posted to another',
      [postPending(at(), transfer(1n, 'party:thief:share'))],
      ['over-pending'],
      HELD,
    ],
    [
      'is posted once, in part or not',
      [
        postPending(at(), transfer(8_650n)),
        postPending(at(), transfer(8_650n)),
        postPending(at()),
        voidPending(at()),
        expirePending(at(NOON + DAY)),
      ],
      ['posted', 'exists', 'conflict', 'not-pending', 'not-pending'],
      paid('86.50'),
    ],
    [
      'given back is not posted',
      [voidPending(at()), postPending(at()), voidPending(at(NOON + 1))],
      ['posted', 'not-pending', 'exists'],
      NOTHING,
    ],
    ['is held once', [deposit(), deposit(29_999n)], ['exists', 'conflict'], HELD],
  ])('%s', async (_, sources, expected, accounts) => {
    expect(await outcomes(deposit(), ...sources)).toEqual(['posted', ...expected])
    expect(await table()).toEqual(accounts)
    expect(await faults()).toEqual([])
  })

  test('is remembered by the next writer', async () => {
    await outcomes(deposit())
    await writers.close()
    writers = newWriters('two')
    expect(await outcomes(postPending(at(), transfer(8_650n)))).toEqual(['posted'])
    await writers.close()
    writers = newWriters('three')
    expect(await outcomes(voidPending(at()))).toEqual(['not-pending'])
    expect(await table()).toEqual(paid('86.50'))
    expect(await faults()).toEqual([])
  })

  test('pending money moves by nothing else', async () => {
    const released = [
      leg('debit', PAYER, 1n, 'released'),
      leg('credit', 'party:owner:share', 1n, 'released'),
    ]
    const held = released.map(each => ({ ...each, phase: 'pending' as const }))
    const asked = [deposit(), sourceOf('out', ...released), sourceOf('in', ...held)]
    expect(await outcomes(...asked)).toEqual(['posted', 'not-pending', 'not-pending'])
    expect(await table()).toEqual(HELD)
  })

  test.each([
    ['forgotten', 'delete from pendings', 'car-7 is pending and not remembered'],
    [
      'made up',
      `insert into pendings select operator_id, 'other', until from pendings`,
      'other is remembered and not pending',
    ],
    [
      'prolonged',
      `update pendings set until = until + interval '1 day'`,
      'car-7 is remembered until another time than it was opened with',
    ],
  ])('%s behind the ledger’s back is found', async (_, sql, detail) => {
    await outcomes(deposit())
    await database.db.withSystem(tx => tx.query(`${sql} where operator_id = $1`, [world.operator]))
    expect(await faults()).toEqual([{ code: 'pending-differs', detail }])
  })
})

describe('a sale of 3.50 that paid 1.05 to the lender and 2.45 to the owner', () => {
  const car = () => `device:${world.devices[0]}:takings`
  const LENDER = 'facility:loan:repayment'
  const OWNER = 'party:owner:share'
  const sale = () =>
    sourceOf(
      'sale',
      ...[leg('debit', PAYER, 350n), leg('credit', car(), 350n), leg('debit', car(), 350n)],
      ...[leg('credit', LENDER, 105n), leg('credit', OWNER, 245n)],
    )
  const refund = (id: string, lender: bigint, owner: bigint) =>
    sourceOf(
      id,
      ...[leg('debit', LENDER, lender), leg('debit', OWNER, owner)],
      ...[leg('credit', car(), lender + owner), leg('debit', car(), lender + owner)],
      leg('credit', PAYER, lender + owner),
    )
  const balances = (car: string, lender: string, owner: string, payer: string) => [
    `device:car:takings | ${car} | 0.00`,
    `${LENDER} | ${lender} | 0.00`,
    `${OWNER} | ${owner} | 0.00`,
    `${PAYER} | ${payer} | 0.00`,
  ]

  test('is refunded in part and then in full; not twice', async () => {
    expect(await outcomes(sale())).toEqual(['posted'])
    expect(await table()).toEqual(balances('0.00', '1.05', '2.45', '-3.50'))
    expect(await outcomes(refund('part', 30n, 70n))).toEqual(['posted'])
    expect(await table()).toEqual(balances('0.00', '0.75', '1.75', '-2.50'))
    expect(await outcomes(refund('part', 30n, 70n), refund('rest', 75n, 175n))).toEqual([
      'exists',
      'posted',
    ])
    expect(await table()).toEqual(balances('0.00', '0.00', '0.00', '0.00'))
    // The payment company cannot be told to pay back more than it collected.
    expect(await outcomes(refund('again', 30n, 70n))).toEqual(['rule-broken'])
    expect(await faults()).toEqual([])
  })

  test('a refund that is held is refunded for the machine once it is posted', async () => {
    const legs = [
      { side: 'debit' as const, account: OWNER, amountMinor: 100n },
      { side: 'credit' as const, account: PAYER, amountMinor: 100n },
    ]
    const hold = { ...at(), id: 'refund', deviceId: null, untilMs: NOON + DAY, legs }
    expect(await outcomes(sale(), pend(hold))).toEqual(['posted', 'posted'])
    expect((await table()).slice(2)).toEqual([`${OWNER} | 2.45 | -1.00`, `${PAYER} | -3.50 | 1.00`])
    // What is held counts: 2.50 is left of the payment company's 3.50.
    expect(await outcomes(refund('too much', 105n, 146n))).toEqual(['rule-broken'])
    expect(await outcomes(postPending({ ...at(), id: 'refund' }))).toEqual(['posted'])
    expect(await table()).toEqual(balances('0.00', '1.05', '1.45', '-2.50'))
    expect(await faults()).toEqual([])
  })

  test('linked legs are booked all together or not at all', async () => {
    await outcomes(sale())
    const three = sourceOf(
      'three',
      ...[leg('debit', OWNER, 10n), leg('credit', LENDER, 10n)],
      ...[leg('debit', LENDER, 5n), leg('credit', 'party:site:share', 5n)],
      ...[leg('debit', car(), 1n), leg('credit', OWNER, 1n)],
    )
    expect(await outcomes(three)).toEqual(['rule-broken'])
    expect(await table()).toEqual(balances('0.00', '1.05', '2.45', '-3.50'))
  })
})
