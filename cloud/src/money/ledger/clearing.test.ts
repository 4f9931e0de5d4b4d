/** Sales from match to posting: once each, by the agreement of their own time. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { type FixedShares, fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { matchJob, openItemsJob } from '../attest/job.ts'
import { addPaidOrder, addSale, makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import { clearBook } from './clearing.ts'
import { clearJob } from './job.ts'
import { agreementBench, type Bench } from './testing-agreements.ts'
import { type BookWriters, bookWriters } from './writers.ts'

let database: TestDatabase
let world: World
let writers: BookWriters
let bench: Bench
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  writers = newWriters()
  bench = agreementBench(database.db, world)
})
afterAll(() => database.drop())

const newWriters = (leaseMs = 5_000) =>
  bookWriters({ db: database.db, writer: randomUUID(), leaseMs, clock: Date.now, randomBytes })
const wake = () => undefined
const facility = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'

/** Fee 0.60 %, sweep 30 % up to 4.00, site 10 %, operator the rest. */
type Change = Partial<AgreementTerms> & { shares?: [] }
const terms = ({ shares, ...change }: Change = {}): AgreementTerms =>
  bench.terms(splitOf('sandbox', shares ?? sharesOf()), {
    validFromMs: Date.now() - 1000,
    deviceIds: world.devices.toSorted(),
    ...change,
  })
const sharesOf = (): FixedShares['shares'] => [
  { name: 'sweep', account: facility, partyId: world.lender, basisPoints: 3000, capMinor: '400' },
  {
    name: 'site',
    account: partyShare(world.site),
    partyId: world.site,
    basisPoints: 1000,
    capMinor: null,
  },
]
const splitOf = (channel: string, shares: FixedShares['shares']) =>
  fixedShares({
    channels: [{ channel, basisPoints: 60 }],
    shares,
    remainder: { account: partyShare(world.operator), partyId: world.operator },
  })
const agreed = (proposed: AgreementTerms, clock = Date.now) => bench.agreed(proposed, clock())

let index = 0
type When = { at?: Date; paidAt?: Date; device?: string }
async function soldAndPaid(amountMinor: bigint, change: When = {}) {
  const device = change.device ?? world.devices[0]
  const at = change.at ?? new Date()
  const paidAt = change.paidAt ?? at
  const orderId = await addPaidOrder(database.db, world.operator, device, amountMinor, paidAt)
  index += 1
  return addSale(database.db, world.operator, { device, index, amountMinor, orderId, at })
}
async function matchAndClear(): Promise<void> {
  await matchJob({ db: database.db, wake }).run(world.operator)
  await clearJob({ db: database.db, writers }).run(world.operator)
}
/** `account: debits / credits` of each account, with the parties' names for their ids. */
async function statement(): Promise<Record<string, string>> {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ path: string; debits: bigint; credits: bigint }>(
      `select path, debits_posted as debits, credits_posted as credits
         from accounts where operator_id = $1`,
      [world.operator],
    ),
  )
  return Object.fromEntries(rows.map(row => [named(row.path), `${row.debits} / ${row.credits}`]))
}
const named = (path: string): string =>
  path
    .replace(world.operator, 'operator')
    .replace(world.site, 'site')
    .replace(facility, 'loan')
    .replace(/device:\w+/, 'device')
const reasons = async () => {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ reason: string }>(
      `select reason from open_items where operator_id = $1 and closed_at is null order by 1`,
      [world.operator],
    ),
  )
  return rows.map(row => row.reason)
}
const faults = async () => (await checkBook(database.db, world.operator)).faults

describe('a sale under a signed agreement', () => {
  test('is split as a banker would expect, fee, sweep with its cap, site, operator', async () => {
    await agreed(terms())
    await soldAndPaid(350n)
    await matchAndClear()
    expect(await statement()).toEqual({
      'psp:sandbox:receivable': '350 / 0',
      'device:takings': '350 / 350',
      'psp:sandbox:fees': '0 / 2',
      loan: '0 / 105',
      'party:site:share': '0 / 35',
      'party:operator:share': '0 / 208',
    })
    await soldAndPaid(1000n)
    await matchAndClear()
    // The sweep takes 2.95 of 3.00: then the 4.00 of its cap are repaid.
    expect(await statement()).toEqual({
      'psp:sandbox:receivable': '1350 / 0',
      'device:takings': '1350 / 1350',
      'psp:sandbox:fees': '0 / 8',
      loan: '0 / 400',
      'party:site:share': '0 / 135',
      'party:operator:share': '0 / 807',
    })
    expect(await reasons()).toEqual([])
    expect(await faults()).toEqual([])
  })

  test('delivered ten times, by two processes at once, clears once', async () => {
    await agreed(terms())
    for (let i = 0; i < 20; i++) await soldAndPaid(100n)
    const two = [newWriters(20), newWriters(20)]
    const deliver = async (mine: BookWriters) => {
      for (let i = 0; i < 10; i++) {
        await matchJob({ db: database.db, wake }).run(world.operator)
        await clearBook({ db: database.db, writers: mine }, world.operator)
        await unmark()
      }
    }
    await Promise.all(two.map(deliver))
    expect((await statement())['psp:sandbox:receivable']).toBe('2000 / 0')
    expect(await faults()).toEqual([])
  })

  /** As after a crash between posting and marking: everything looks uncleared again. */
  const unmark = () =>
    database.db.withSystem(
      tx =>
        tx.query('update matches set cleared_at = null where operator_id = $1', [world.operator]),
      { idempotent: true },
    )

  test('changed after it was booked is a conflict, not a second posting', async () => {
    await agreed(terms())
    const id = await soldAndPaid(350n)
    await matchAndClear()
    await unmark()
    await database.db.withSystem(tx =>
      tx.query(`update sales set opened_at = opened_at + interval '1 hour' where id = $1`, [id]),
    )
    await matchAndClear()
    expect(await reasons()).toEqual(['posting-conflict'])
    expect((await statement())['psp:sandbox:receivable']).toBe('350 / 0')
    expect(await clearJob({ db: database.db, writers }).due()).not.toContain(world.operator)
  })
})

describe('the agreement in force at the time of the sale', () => {
  test('splits a late sale by the old version, a new one by the new', async () => {
    const hour = 3_600_000
    const first = terms({ validFromMs: Date.now() - 3 * hour })
    await agreed(first, () => Date.now() - 2 * hour)
    await agreed({ ...first, version: 2, ...splitOf('sandbox', []) }, () => Date.now() - hour)
    await soldAndPaid(100n, { at: new Date(Date.now() - 1.5 * hour) })
    await matchAndClear()
    expect((await statement()).loan).toBe('0 / 30')
    await soldAndPaid(100n)
    await matchAndClear()
    expect((await statement()).loan).toBe('0 / 30')
    expect(await faults()).toEqual([])
  })

  test.each([
    ['back', new Date(0)],
    ['forward', new Date('2099-01-01T00:00:00Z')],
  ])('is not chosen by a machine whose clock is put %s', async (_, at) => {
    const hour = 3_600_000
    const first = terms({ validFromMs: 0 })
    await agreed({ ...first, ...splitOf('sandbox', []) }, () => 0)
    await agreed({ ...first, version: 2 }, () => Date.now() - 2 * hour)
    await agreed({ ...first, version: 3, ...splitOf('sandbox', []) }, () => Date.now() - hour)
    await soldAndPaid(100n, { at, paidAt: new Date(Date.now() - 1.5 * hour) })
    await matchAndClear()
    expect((await statement()).loan).toBe('0 / 30')
  })

  test('is none before the last signature: the takings wait in suspense', async () => {
    await soldAndPaid(350n)
    await matchAndClear()
    expect(await statement()).toEqual({
      'psp:sandbox:receivable': '350 / 0',
      'device:takings': '350 / 350',
      'suspense:no-agreement': '0 / 350',
    })
    expect(await reasons()).toEqual(['no-agreement'])
    expect(await faults()).toEqual([])
  })

  test('that does not know the channel leaves the sale in suspense', async () => {
    await agreed(terms(splitOf('alipay', sharesOf())))
    await soldAndPaid(350n)
    await matchAndClear()
    expect(await statement()).toMatchObject({ 'suspense:agreement-refused': '0 / 350' })
    expect(await reasons()).toEqual(['agreement-refused'])
  })
})

describe('what does not meet', () => {
  const item = async () => {
    await matchAndClear()
    await openItemsJob({ db: database.db, wake }).run('all')
    return [await reasons(), await statement()]
  }
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  const order = (paidAt = new Date()) =>
    addPaidOrder(database.db, world.operator, world.devices[0], 350n, paidAt)
  const sale = (orderId: string | null, change: object = {}) => {
    index += 1
    const known = { device: world.devices[0], index, amountMinor: 350n, orderId, at: ago(5) }
    return addSale(database.db, world.operator, { ...known, ...change })
  }

  test('a payment without a sale, until the sale comes', async () => {
    const orderId = await order(ago(30))
    expect(await item()).toEqual([['payment-without-sale'], {}])
    await agreed(terms({ validFromMs: 0 }), () => ago(60).getTime())
    await sale(orderId, { at: ago(29) })
    await matchAndClear()
    expect(await reasons()).toEqual([])
    expect((await statement())['psp:sandbox:receivable']).toBe('350 / 0')
  })
  test('a sale without a payment', async () => {
    await sale(randomUUID())
    expect(await item()).toEqual([['sale-without-payment'], {}])
  })
  test('a sale without an order', async () => {
    await sale(null)
    expect(await item()).toEqual([['sale-without-payment'], {}])
  })
  test('a paid sale that failed', async () => {
    await sale(await order(), { state: 'failed' })
    expect(await item()).toEqual([['paid-sale-failed'], {}])
  })
  test.each([
    ['amount', { amountMinor: 351n }],
    ['currency', { currency: 'USD' }],
  ])('another %s under the same order id', async (_, change) => {
    await sale(await order(), change)
    expect(await item()).toEqual([['sale-differs-from-payment'], {}])
  })
  test('another machine under the same order id', async () => {
    await sale(await order(), { device: world.devices[1] })
    expect(await item()).toEqual([['sale-differs-from-payment'], {}])
  })
  test('two sales of one order: one is matched, once', async () => {
    await agreed(terms())
    const orderId = await order()
    await sale(orderId, { at: new Date() })
    await sale(orderId, { at: new Date() })
    await matchAndClear()
    expect((await statement())['psp:sandbox:receivable']).toBe('350 / 0')
  })
})
