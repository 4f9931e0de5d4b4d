/** Cash from the sale to the count: who owes whom, what is short or over, what comes late. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { grant, sessionOf } from '../testing.ts'
import { ago, openTill, type Till } from './testing-till.ts'

let database: TestDatabase
let till: Till
beforeAll(async () => {
  database = await testDatabase()
})
afterEach(() => till.close())
afterAll(() => database.drop())

/** A box that was emptied an hour ago, and three sales since: 3.50, 3.50 and 3.00. */
async function tillWithSales(): Promise<void> {
  till = await openTill(database.db)
  await till.counts(0, ago(60))
  for (const [at, amount] of [350n, 350n, 300n].entries()) await till.sells(amount, ago(40 - at))
  await till.clears()
}

describe('a sale in cash', () => {
  test('is split like any other, and lies in the box', async () => {
    await tillWithSales()
    expect(await till.balances()).toEqual({
      'cash:machine:box': -1000,
      'facility:loan:repayment': 300,
      'party:operator:share': 600,
      'party:site:share': 100,
    })
  })

  test('waits in suspense while no agreement speaks, and is split by a later one', async () => {
    till = await openTill(database.db, { isAgreed: false })
    await till.sells(1000n, ago(5))
    await till.clears()
    const waiting = { 'cash:machine:box': -1000, 'suspense:no-agreement': 1000 }
    expect(await till.balances()).toEqual(waiting)
    expect(await till.openItems()).toMatchObject([{ reason: 'no-agreement' }])
    await database.db.withSystem(tx =>
      tx.query("update open_items set opened_at = '1970-01-01' where operator_id = $1", [
        till.world.operator,
      ]),
    )
    await till.agree()
    await till.clears()
    expect(await till.balances()).toMatchObject({ 'party:operator:share': 600 })
    expect(await till.openItems()).toEqual([])
  })
})

describe('a count', () => {
  test('that agrees settles its sales, and who took the money out owes it', async () => {
    await tillWithSales()
    await till.counts(1000, ago(1))
    const [count] = await till.looks()
    expect(count).toMatchObject({
      state: 'agrees',
      expectedMinor: '1000',
      differenceMinor: '0',
      sales: 3,
      settledSales: 3,
    })
    expect(await till.balances()).toEqual({
      'facility:loan:repaid': 300,
      'party:operator:available': 600,
      'party:operator:cash': -1000,
      'party:site:available': 100,
    })
    expect(await till.openItems()).toEqual([])
  })

  test('that is short settles as far as the money reaches', async () => {
    await tillWithSales()
    await till.counts(800, ago(1), false)
    const [count] = await till.looks()
    expect(count).toMatchObject({ state: 'short', differenceMinor: '-200', settledSales: 2 })
    expect(await till.openItems()).toMatchObject([
      { reason: 'cash-short', subject: `box-count:${count?.id}`, amount: { amountMinor: '200' } },
    ])
    expect(await till.balances()).toEqual({
      'cash:machine:box': -800,
      'facility:loan:repaid': 210,
      'facility:loan:repayment': 90,
      'party:operator:available': 420,
      'party:operator:share': 180,
      'party:site:available': 70,
      'party:site:share': 30,
      'suspense:cash-difference': -200,
    })
  })

  test('that is over is put right by a sale that is told late', async () => {
    await tillWithSales()
    await till.counts(1200, ago(1))
    await till.looks()
    expect(await till.openItems()).toMatchObject([
      { reason: 'cash-over', amount: { amountMinor: '200' } },
    ])
    await till.sells(200n, ago(30))
    await till.clears()
    const [count] = await till.looks()
    expect(count).toMatchObject({ state: 'agrees', expectedMinor: '1200', settledSales: 4 })
    expect(await till.openItems('closed')).toMatchObject([{ reason: 'cash-over' }])
    expect(await till.balances()).toMatchObject({
      'party:operator:available': 720,
      'party:operator:cash': -1200,
    })
  })

  test('knows by the audits what the tubes kept', async () => {
    await tillWithSales()
    await database.db.withSystem(async tx => {
      for (const [index, value, at] of [
        [90, 2000, ago(61)],
        [91, 2300, ago(2)],
      ] as const) {
        await tx.query(
          `insert into meters (operator_id, device_id, epoch, index, name, value, at)
           values ($1, $2, 1, $3, 'CA1501', $4, $5)`,
          [till.world.operator, till.device, index, value, at],
        )
      }
    })
    await till.counts(700, ago(1))
    const [count] = await till.looks()
    expect(count).toMatchObject({ state: 'agrees', meters: { tubesMinor: '300' } })
    expect(await till.balances()).toMatchObject({
      'cash:machine:tubes': -300,
      'party:operator:cash': -700,
    })
  })

  test('is stated in order, of one’s own machines, and seen with the money', async () => {
    await tillWithSales()
    const path = `/api/v1/devices/${till.device}/box-counts`
    const stated = (countedAt: Date) => ({
      countedAt: countedAt.toISOString(),
      amount: { amountMinor: '100', currency: 'CNY' },
      collected: true,
      countedBy: 'Li Wei',
    })
    const post = async (by = till.operator, at = ago(1)) =>
      (await till.app.ask(by, 'POST', path, stated(at))).status
    expect(await post(till.operator, ago(90))).toBe(409)
    expect(await post(till.operator, ago(-60))).toBe(400)
    const other = sessionOf(till.world, till.world.site, 'operator')
    expect(await post(other)).toBe(404)
    const lender = sessionOf(till.world, till.world.lender, 'lender')
    const seen = async () => (await till.app.ask(lender, 'GET', path)).body
    expect(await seen()).toEqual({ items: [], next: null })
    await grant(database.db, till.world, till.world.lender, 'finance')
    expect(await seen()).toMatchObject({ items: [{ countedBy: 'Li Wei' }] })
  })
})
