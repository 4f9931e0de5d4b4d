/**
 * Refunds as a banker reads them: what each account has after every step, in part and in full, with
 * shares that were paid out, deposits, failed vends, disputes that are won and lost.
 */
import { partyShare, settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { openItemsJob } from '../attest/job.ts'
import { checkBook } from '../ledger/check.ts'
import { agreementBench, type Bench } from '../ledger/testing-agreements.ts'
import { leg, sourceOf } from '../ledger/testing-postings.ts'
import { addPaidOrder, addSale, makeWorld, type World } from '../testing.ts'
import { automaticRefundJob } from './automatic.ts'
import { type Refunds, testRefunds } from './testing-refunds.ts'

let database: TestDatabase
let world: World
let bench: Bench
let refunds: Refunds

beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  bench = agreementBench(database.db, world)
  refunds = testRefunds(database.db, world, bench)
})
afterAll(() => database.drop())

const table = () => refunds.table()
const faults = async () => (await checkBook(database.db, world.operator)).faults
const rowsOf = (sql: string) =>
  database.db.withSystem(tx => tx.query<Record<string, unknown>>(sql, [world.operator]))
const reasons = async () => {
  const open = 'where operator_id = $1 and closed_at is null order by reason'
  return (await rowsOf(`select reason from open_items ${open}`)).map(row => row.reason)
}
const agreed = () => bench.agreed(refunds.terms())
async function sold(amountMinor = 350n): Promise<string> {
  const sale = await bench.sold(amountMinor)
  await bench.matchAndClear()
  return sale
}

describe('a sale of 3.50 that is split', () => {
  const SPLIT = 'company 3.50 · fee 0.02 · lender 1.05 · site 0.35 · owner 2.08'
  beforeEach(agreed)

  test('is refunded in part, then the rest; each share gives back its difference', async () => {
    const sale = await sold()
    expect(await table()).toBe(SPLIT)
    // Of 2.50: fee 0.60 % half up, sweep 30 %, site 10 %.
    await refunds.done(sale, 100n)
    expect(await table()).toBe('company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48')
    await refunds.done(sale, 250n)
    expect(await table()).toBe('company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00')
    expect(await faults()).toEqual([])
  })

  test('is held while the refund is on its way, and given back when it is refused', async () => {
    const id = await refunds.begun(await sold(), 100n)
    expect(await table()).toBe(
      'company 3.50 (1.00 held) · fee 0.02 · lender 1.05 (0.30 held) · ' +
        'site 0.35 (0.10 held) · owner 2.08 (0.60 held)',
    )
    await refunds.told(id, 'refused')
    expect(await table()).toBe(SPLIT)
    expect(await faults()).toEqual([])
  })

  test('is refunded once, however often that is told, and also after it was refused', async () => {
    const id = await refunds.begun(await sold(), 100n)
    await refunds.told(id, 'refused')
    await refunds.told(id, 'succeeded')
    await refunds.told(id, 'succeeded')
    await refunds.clear()
    expect(await table()).toBe('company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48')
  })

  test('is never refunded by more than it was', async () => {
    const sale = await sold()
    await refunds.done(sale, 300n)
    await refunds.done(sale, 51n)
    // Of 0.50: fee 0.00, sweep 0.15, site 0.05.
    expect(await table()).toBe('company 0.50 · fee 0.00 · lender 0.15 · site 0.05 · owner 0.30')
    expect(await reasons()).toEqual(['posting-refused'])
  })

  test('whose sweep was capped is split again as the book stood then', async () => {
    const [first, second] = [await sold(), await sold()]
    // Of the second 0.95 were left until 2.00.
    const both = 'company 7.00 · fee 0.04 · lender 2.00 · site 0.70 · owner 4.26'
    expect(await table()).toBe(both)
    // 2.50 would be asked 0.75, which is less than 0.95: 0.20 come back.
    await refunds.done(second, 100n)
    expect(await table()).toBe('company 6.00 · fee 0.04 · lender 1.80 · site 0.60 · owner 3.56')
    await refunds.done(first, 350n)
    expect(await table()).toBe('company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48')
    expect(await faults()).toEqual([])
  })
})

test('an excerpt that the book does not bear out is a fault', async () => {
  await agreed()
  await refunds.done(await sold(), 100n)
  expect(await faults()).toEqual([])
  await rowsOf(`insert into split_excerpts (operator_id, journal_seq, excerpt)
      select operator_id, seq, '{}' from journals where operator_id = $1 and kind = 'refund'`)
  expect(await faults()).toMatchObject([{ code: 'excerpt-differs' }])
})

describe('a share that has it no more', () => {
  beforeEach(agreed)
  const out = (name: string, amountMinor: bigint) => {
    const site = partyShare(world.site)
    const transit = 'in-transit:sandbox:2026-11-21'
    const legs = [leg('debit', site, amountMinor), leg('credit', transit, amountMinor)]
    return bench.writers.post(world.operator, [sourceOf(name, ...legs)])
  }

  test('owes it, and pays out of its next sales', async () => {
    const sale = await sold()
    await out('paid out', 30n)
    await refunds.done(sale, 350n)
    const transit = 'in-transit:sandbox:2026-11-21 0.30'
    expect(await table()).toBe(
      'company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · site owes 0.30 · owner 0.00 · ' +
        transit,
    )
    // 2.00: fee 0.01, sweep 0.60, site 0.20: all of it is kept.
    await sold(200n)
    await refunds.clear()
    expect(await table()).toBe(
      'company 2.00 · fee 0.01 · lender 0.60 · site 0.00 · site owes 0.10 · owner 1.19 · ' +
        transit,
    )
    await sold(200n)
    await refunds.clear()
    await refunds.clear()
    expect(await table()).toBe(
      `company 4.00 · fee 0.02 · lender 0.95 · site 0.10 · owner 2.63 · ${transit}`,
    )
    expect(await faults()).toEqual([])
  })

  test('is not in debt for what is settled to it and still there', async () => {
    const sale = await sold()
    const site = partyShare(world.site)
    const settled = settledAccount(site) ?? expect.fail('not settled')
    const legs = [leg('debit', site, 35n), leg('credit', settled, 35n)]
    await bench.writers.post(world.operator, [sourceOf('settled', ...legs)])
    await refunds.done(sale, 100n)
    expect(await table()).toContain(`site -0.10 · owner 1.48 · ${settled} 0.35`)
  })

  test('and a company that paid back what it had passed on keeps it from the next', async () => {
    const sale = await sold()
    const bill = [
      leg('credit', 'psp:sandbox:receivable', 350n),
      leg('debit', 'in-transit:sandbox:2026-11-21', 350n),
    ]
    await bench.writers.post(world.operator, [sourceOf('settled', ...bill)])
    await refunds.done(sale, 100n)
    expect(await table()).toContain('company 0.00 · company is owed 1.00 · fee 0.02')
    await sold()
    await refunds.clear()
    expect(await table()).toContain('company 2.50 · fee 0.04')
    expect(await faults()).toEqual([])
  })
})

describe('a sale that nobody’s agreement splits yet', () => {
  test('is refunded out of where it waits; the split afterwards is of what is left', async () => {
    const sale = await sold()
    await refunds.done(sale, 100n)
    expect(await table()).toContain('company 2.50 · fee 0.00 · lender 0.00 · site 0.00')
    expect(await table()).toContain('suspense:no-agreement 2.50')
    await bench.agreed(refunds.terms(), Date.now())
    await refunds.clear()
    expect(await table()).toBe('company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48')
    await refunds.done(sale, 250n)
    expect(await table()).toBe('company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00')
    expect(await faults()).toEqual([])
  })

  test('of a refund told before the sale is cleared, the sale is cleared whole first', async () => {
    await agreed()
    const sale = await bench.sold(350n)
    await refunds.done(sale, 100n)
    expect(await table()).toBe('company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00')
    await bench.matchAndClear()
    expect(await table()).toBe('company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48')
  })
})

describe('what goes back by itself', () => {
  const NOTHING = 'company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00'
  const job = () =>
    automaticRefundJob({ db: database.db, wake: () => undefined, channels: ['sandbox'] })
  const lookAround = async () => {
    await bench.matchAndClear()
    await openItemsJob({ db: database.db, wake: () => undefined }).run('all')
    for (const id of await job().due()) await job().run(id)
  }
  const asked = () =>
    rowsOf(`select id, cause, amount_minor as amount from refunds where operator_id = $1`)
  const paid = (amountMinor: bigint, at = new Date()) =>
    addPaidOrder(database.db, world.operator, world.devices[0], amountMinor, at)
  const told = (orderId: string, change: object) => {
    const sale = { device: world.devices[0], index: 1, amountMinor: 350n, orderId }
    return addSale(database.db, world.operator, { ...sale, ...change })
  }
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  beforeEach(agreed)

  test('the rest of a deposit: 300.00 paid, 86.50 driven', async () => {
    await told(await paid(30_000n), { amountMinor: 8_650n })
    await lookAround()
    // Fee 0.60 %, sweep up to 2.00, site 10 %.
    const driven = 'company 86.50 · fee 0.52 · lender 2.00 · site 8.65 · owner 75.33'
    expect(await table()).toBe(driven)
    const rest = { cause: 'final-amount', amount: 21_350n }
    expect(await asked()).toMatchObject([rest])
    await refunds.told(String((await asked())[0]?.id), 'succeeded')
    expect(await table()).toBe(driven)
    expect(await rowsOf(IN_AND_OUT)).toEqual([{ kind: 'refund-unsold', debit: 21_350n }])
    await lookAround()
    expect([await asked(), await reasons(), await faults()]).toEqual([[expect.anything()], [], []])
  })
  const IN_AND_OUT = `select j.kind, sum(l.amount_minor)::int8 / 2 as debit
      from journals j join legs l on l.operator_id = j.operator_id and l.journal_seq = j.seq
     where j.operator_id = $1 and j.kind like 'refund%' and l.side = 'debit' group by j.seq, j.kind`

  test('a payment whose sale failed; its open item closes when the money is back', async () => {
    await told(await paid(350n), { state: 'failed' })
    await lookAround()
    expect([await asked(), await reasons()]).toMatchObject([
      [{ cause: 'sale-failed', amount: 350n }],
      ['paid-sale-failed'],
    ])
    await refunds.told(String((await asked())[0]?.id), 'succeeded')
    await lookAround()
    expect([await table(), await reasons(), await faults()]).toEqual([NOTHING, [], []])
    expect(await asked()).toHaveLength(1)
  })

  test('a payment without a sale, once the machine’s log has passed its voucher', async () => {
    await paid(350n, ago(60))
    await lookAround()
    expect([await asked(), await reasons()]).toEqual([[], ['payment-without-sale']])
    await rowsOf('update device_heads set last_event_at = now() where operator_id = $1')
    await lookAround()
    expect(await asked()).toMatchObject([{ cause: 'no-sale', amount: 350n }])
  })

  test('or after three days of silence; a sale told later is an open item', async () => {
    const orderId = await paid(350n, ago(3 * 24 * 60 + 20))
    await lookAround()
    expect(await asked()).toMatchObject([{ cause: 'no-sale', amount: 350n }])
    await refunds.told(String((await asked())[0]?.id), 'succeeded')
    await told(orderId, { at: ago(3 * 24 * 60) })
    await lookAround()
    expect([await table(), await reasons()]).toEqual([NOTHING, ['sale-after-refund']])
  })

  test('a session that came to nothing', async () => {
    await told(await paid(350n), { amountMinor: 0n })
    await lookAround()
    expect(await asked()).toMatchObject([{ cause: 'no-sale', amount: 350n }])
  })
})

describe('a disputed payment of 3.50', () => {
  beforeEach(agreed)
  const held =
    'company 3.50 (3.50 held) · fee 0.02 (0.02 held) · lender 1.05 (1.05 held) · ' +
    'site 0.35 (0.35 held) · owner 2.08 (2.08 held)'

  test.each([
    ['won', 'refused', 'company 3.50 · fee 0.02 · lender 1.05 · site 0.35 · owner 2.08'],
    [
      'lost, with a fee of 15.00 that the operator owes',
      'succeeded',
      'company 0.00 · fee 15.00 · lender 0.00 · site 0.00 · owner 0.00 · owner owes 15.00',
    ],
  ] as const)('is held from every share; %s', async (_, state, expected) => {
    const id = await refunds.begun(await sold(), 350n, 'chargeback')
    expect(await table()).toBe(held)
    await refunds.told(id, state, state === 'succeeded' ? 1_500n : 0n)
    expect([await table(), await faults()]).toEqual([expected, []])
  })
})
