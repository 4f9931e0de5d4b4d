/** Loans and pledges over HTTP on a real database: who may, what is taken, what comes back. */
import { randomUUID } from 'node:crypto'
import type { Loan, Portfolio } from '@tillproof/shared/api/lending.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { grant, makeWorld, sessionOf, type World } from '../money/testing.ts'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { type TestApp, testApp } from '../platform/testing-http.ts'
import { loanRoutes } from './loans/routes.ts'
import { portfolioRoutes } from './metrics/routes.ts'
import { pledgeRoutes } from './pledges/routes.ts'
import { bookSale, bookSettlement } from './testing-booked.ts'

const DAY = 86_400_000
let database: TestDatabase
let app: TestApp
let world: World
let now: number
let lender: Session
let operator: Session
beforeAll(async () => {
  database = await testDatabase()
  const clock = () => now
  const routes = [loanRoutes, pledgeRoutes, portfolioRoutes].flatMap(of => of({ clock }))
  app = await testApp(database.db, routes)
})
beforeEach(async () => {
  now = Date.now()
  world = await makeWorld(database.db)
  lender = sessionOf(world, world.lender, 'lender')
  operator = sessionOf(world, world.operator, 'operator')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const newLoan = (change: object = {}) => ({
  borrowerId: world.operator,
  name: `Loan ${randomUUID()}`,
  principalMinor: '100000',
  currency: 'CNY',
  sweepBasisPoints: 3000,
  plannedDailyMinor: '10000',
  deviceIds: world.devices,
  ...change,
})
const lend = (session: Session, change: object = {}) =>
  app.ask(session, 'POST', '/api/v1/loans', newLoan(change))
const lent = async (change: object = {}): Promise<Loan> => {
  const answer = await lend(lender, change)
  expect(answer.status).toBe(201)
  return answer.body as Loan
}

/** A sale of this machine, of which the loan gets `repaid`. */
const sold = (
  loan: Loan,
  device: string,
  gross: bigint,
  repaid: bigint,
  more: { currency?: string; guaranteed?: bigint } = {},
) => {
  const sale = { loan, operator: world.operator, now, device, gross, repaid, currency: 'CNY' }
  return bookSale(database.db, { ...sale, ...more })
}

describe('making a loan', () => {
  test('needs the operator’s grant of finance on every machine', async () => {
    const refused = { status: 403, body: { code: 'loan.not-granted' } }
    expect(await lend(lender)).toMatchObject(refused)
    await grant(database.db, world, world.lender, 'monitor')
    expect(await lend(lender)).toMatchObject(refused)
    await grant(database.db, world, world.lender, 'finance')
    expect((await lend(lender)).status).toBe(201)
  })

  test('is for lenders, not for operators', async () => {
    expect((await lend(operator)).status).toBe(403)
  })

  test('pledges each machine, once, whoever the other lender is', async () => {
    await grant(database.db, world, world.lender, 'finance')
    await grant(database.db, world, world.site, 'finance')
    const loan = await lent({ deviceIds: world.devices.slice(0, 2) })
    expect(loan.pledges.map(pledge => pledge.deviceId).toSorted()).toEqual(
      world.devices.slice(0, 2).toSorted(),
    )
    const rival = sessionOf(world, world.site, 'lender')
    const second = await lend(rival, { name: 'second', deviceIds: world.devices.slice(1) })
    expect(second).toMatchObject({
      status: 409,
      body: { code: 'pledge.taken', detail: { deviceIds: [world.devices[1]] } },
    })
    // Nothing of the refused loan is left: its name and its other machine are free.
    const third = await lend(rival, { name: 'second', deviceIds: [world.devices[2]] })
    expect(third.status).toBe(201)
  })

  test('leaves a leaf for each pledge', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const loan = await lent()
    const refs = loan.pledges.map(pledge => pledge.id)
    const leaves = await database.db.withSystem(tx =>
      tx.query(`select ref from log_staged where type = 'pledge' and ref = any ($1)`, [refs]),
    )
    expect(leaves).toHaveLength(3)
  })

  test.each([
    ['nothing', { principalMinor: '0' }],
    ['less than nothing', { principalMinor: '-5' }],
    ['more than a book can hold', { principalMinor: '1000000000000001' }],
    ['a plan beyond it', { plannedDailyMinor: '1000000000000001' }],
    ['no plan', { plannedDailyMinor: '0' }],
    ['no machine', { deviceIds: [] }],
    ['a sweep of nothing', { sweepBasisPoints: 0 }],
  ])('of %s is refused', async (_, change) => {
    await grant(database.db, world, world.lender, 'finance')
    expect((await lend(lender, change)).status).toBe(400)
  })

  test('on somebody else’s machine is refused', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const other = await makeWorld(database.db)
    await grant(database.db, other, world.lender, 'finance')
    expect((await lend(lender, { deviceIds: [other.devices[0]] })).status).toBe(403)
  })

  test('twice under one name is refused', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const name = 'Spring'
    await lent({ name, deviceIds: [world.devices[0]] })
    const again = await lend(lender, { name, deviceIds: [world.devices[1]] })
    expect(again).toMatchObject({ status: 409, body: { code: 'loan.name-taken' } })
  })
})

describe('a loan', () => {
  beforeEach(() => grant(database.db, world, world.lender, 'finance'))

  test('is repaid by what the ledger booked, against its plan', async () => {
    const loan = await lent()
    now += DAY
    await sold(loan, world.devices[0], 10_000n, 3_000n)
    await sold(loan, world.devices[1], 20_000n, 6_000n)
    now += 1000
    const answer = await app.ask(lender, 'GET', `/api/v1/loans/${loan.id}`)
    expect(answer.body).toMatchObject({
      principal: { amountMinor: '100000', currency: 'CNY' },
      repaid: { amountMinor: '9000' },
      outstanding: { amountMinor: '91000' },
      plannedRepaid: { amountMinor: '10000' },
      state: 'performing',
    })
    const known = (answer.body as Loan).curve.filter(point => point.actualMinor !== null)
    expect(known[0]).toMatchObject({ plannedMinor: '0', actualMinor: '0' })
    expect(known.at(-1)).toMatchObject({ plannedMinor: '10000', actualMinor: '9000' })
  })

  test('stays repaid when a bill settles what repaid it, and says how much of it is', async () => {
    const loan = await lent()
    await sold(loan, world.devices[0], 10_000n, 3_000n)
    await bookSettlement(database.db, { loan, operator: world.operator, now, minor: 2_000n })
    now += 1000
    const { body } = await app.ask(lender, 'GET', `/api/v1/loans/${loan.id}`)
    expect(body).toMatchObject({
      repaid: { amountMinor: '3000' },
      settled: { amountMinor: '2000' },
    })
    expect((body as Loan).curve.flatMap(point => point.actualMinor ?? []).at(-1)).toBe('3000')
  })

  test('is repaid as well by what a guarantor paid, and says how much that is', async () => {
    const loan = await lent()
    await sold(loan, world.devices[0], 10_000n, 3_000n, { guaranteed: 1_500n })
    now += 1000
    const { body } = await app.ask(lender, 'GET', `/api/v1/loans/${loan.id}`)
    expect(body).toMatchObject({
      repaid: { amountMinor: '4500' },
      guaranteed: { amountMinor: '1500' },
      outstanding: { amountMinor: '95500' },
    })
    expect((body as Loan).curve.flatMap(point => point.actualMinor ?? []).at(-1)).toBe('4500')
    const { figures, machines } = (await app.ask(lender, 'GET', '/api/v1/portfolio'))
      .body as Portfolio
    expect(figures).toContainEqual(
      expect.objectContaining({ name: 'repaid-guaranteed', value: '1500' }),
    )
    const machine = machines.find(each => each.deviceId === world.devices[0])
    expect(machine?.repaid.amountMinor).toBe('4500')
  })

  test('is not told to have repaid what came in another currency', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const loan = await lent()
    await sold(loan, world.devices[0], 10_000n, 3_000n)
    await sold(loan, world.devices[0], 10_000n, 9_000n, { currency: 'USD' })
    now += 60_000
    const { body } = await app.ask(lender, 'GET', `/api/v1/loans/${loan.id}`)
    const { repaid, curve } = body as Loan
    expect(repaid.amountMinor).toBe('3000')
    const actual = curve.flatMap(point => point.actualMinor ?? [])
    expect(actual.at(-1)).toBe('3000')
  })

  test('is repaid when nothing is outstanding', async () => {
    const loan = await lent({ principalMinor: '500' })
    await sold(loan, world.devices[0], 1_000n, 500n)
    const { body } = await app.ask(operator, 'GET', `/api/v1/loans/${loan.id}`)
    expect(body).toMatchObject({ state: 'repaid', outstanding: { amountMinor: '0' } })
  })

  test('is seen by its two sides and nobody else, whatever is granted', async () => {
    const loan = await lent()
    await grant(database.db, world, world.site, 'finance')
    const site = sessionOf(world, world.site, 'lender')
    expect((await app.ask(site, 'GET', `/api/v1/loans/${loan.id}`)).status).toBe(404)
    expect((await app.ask(site, 'GET', '/api/v1/loans')).body).toMatchObject({ items: [] })
    expect((await app.ask(operator, 'GET', '/api/v1/loans')).body).toMatchObject({
      items: [{ id: loan.id }],
    })
  })
})

describe('the portfolio', () => {
  const read = async (session: Session): Promise<Portfolio> =>
    (await app.ask(session, 'GET', '/api/v1/portfolio')).body as Portfolio
  const figure = (portfolio: Portfolio, name: string) =>
    portfolio.figures.find(each => each.name === name)?.value

  test('adds up loans and machines, each figure with definition and time', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const loan = await lent({ deviceIds: world.devices.slice(0, 2) })
    now += DAY
    await sold(loan, world.devices[0], 10_000n, 3_000n)
    const portfolio = await read(lender)
    const named = Object.fromEntries(portfolio.figures.map(each => [each.name, each.value]))
    expect(named).toEqual({
      outstanding: '97000',
      repaid: '3000',
      'repaid-guaranteed': '0',
      'repaid-settled': '0',
      'planned-repaid': '10000',
      'collection-rate': '3000',
      'months-to-clear': '1.0',
      takings: '10000',
      sales: '1',
      machines: '3',
      'silent-machines': '3',
      'silent-balance': '97000',
    })
    expect(portfolio.figures.every(each => each.definition !== '' && each.asOf !== '')).toBe(true)
    const sorted = portfolio.machines.toSorted((a, b) => Number(b.sales - a.sales))
    expect(sorted[0]).toMatchObject({
      deviceId: world.devices[0],
      takings: { amountMinor: '10000' },
      repaid: { amountMinor: '3000' },
      sales: 1,
      liveness: 'never',
      loanId: loan.id,
    })
  })

  test('says nothing rather than zero where there is no data', async () => {
    await grant(database.db, world, world.lender, 'finance')
    const portfolio = await read(lender)
    expect(figure(portfolio, 'collection-rate')).toBeNull()
    expect(figure(portfolio, 'months-to-clear')).toBeNull()
  })

  test('shows a machine that was heard as live, and not as silent', async () => {
    await grant(database.db, world, world.lender, 'finance')
    await database.db.withSystem(tx =>
      tx.query('update device_heads set received_at = now() where device_id = $1', [
        world.devices[0],
      ]),
    )
    const portfolio = await read(lender)
    expect(figure(portfolio, 'silent-machines')).toBe('2')
  })

  test('is empty for whom nothing is granted', async () => {
    expect(await read(lender)).toMatchObject({ machines: [], loans: [] })
  })
})
