/** Open items over HTTP: what is shown of their age, who closes them, and what is kept of it. */
import type { OpenItem, OpenItemAgeing, OpenItemDetail } from '@tillproof/shared/api/open-items.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { matchJob, openItemsJob } from '../attest/job.ts'
import { openItem } from '../attest/open-items.ts'
import { addPaidOrder, addSale, grant, makeWorld, sessionOf, type World } from '../testing.ts'
import { openItemRoutes } from './routes.ts'

let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, openItemRoutes({ clock: Date.now }))
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const DAY_MS = 86_400_000

/** Items of the first machine that were opened so many days ago. */
async function opened(...ages: number[]): Promise<void> {
  const [device] = world.devices
  for (const [at, days] of ages.entries()) {
    const saleId = `${device}.1.${at}`
    const item = { reason: 'sale-without-payment', deviceId: device, saleId } as const
    await database.db.withSystem(async tx => {
      await openItem(tx, {
        operatorId: world.operator,
        ...item,
        amountMinor: 350n,
        currency: 'CNY',
      })
      await tx.query('update open_items set opened_at = $2 where sale_id = $1', [
        saleId,
        new Date(Date.now() - days * DAY_MS - 1000),
      ])
    })
  }
}
const list = async (query = '', by = operator) => {
  const answer = await app.ask(by, 'GET', `/api/v1/open-items${query}`)
  return answer.body as { items: OpenItem[]; next: string | null }
}
const first = async () => (await list()).items[0] ?? expect.fail('nothing is open')
const post = (by: Session, item: OpenItem, verb: string, body: object) =>
  app.ask(by, 'POST', `/api/v1/open-items/${item.id}/${verb}`, body)

describe('the list', () => {
  test('tells the age of each, oldest first, in pages', async () => {
    await opened(0, 1, 7, 8, 90, 91)
    const page = await list('?limit=4')
    expect(page.items.map(item => [item.ageDays, item.ageBucket])).toEqual([
      [91, '91+'],
      [90, '31-90'],
      [8, '8-30'],
      [7, '2-7'],
    ])
    const rest = await list(`?limit=4&before=${page.next}`)
    expect(rest.items.map(item => item.ageBucket)).toEqual(['0-1', '0-1'])
    expect(rest.next).toBeNull()
  })

  test('keeps to what is asked for, and sums it by age', async () => {
    await opened(0, 0, 40)
    const of = async (query: string) => (await list(query)).items.length
    const [device, other] = world.devices
    expect(await of('?reason=sale-without-payment')).toBe(3)
    expect(await of('?reason=payment-late')).toBe(0)
    expect(await of(`?deviceId=${device}&ageBucket=31-90`)).toBe(1)
    expect(await of(`?deviceId=${other}`)).toBe(0)
    expect(await of('?state=closed')).toBe(0)
    const { body } = await app.ask(operator, 'GET', '/api/v1/open-items/ageing')
    const line = { reason: 'sale-without-payment', currency: 'CNY' }
    expect((body as OpenItemAgeing).lines).toEqual([
      { ...line, ageBucket: '0-1', items: 2, amountMinor: '700' },
      { ...line, ageBucket: '31-90', items: 1, amountMinor: '350' },
    ])
  })
})

describe('a person', () => {
  test('closes an item with a reason, takes it back, and both are remembered', async () => {
    await opened(3)
    const item = await first()
    const closing = { reason: 'paid-otherwise', note: 'coins, by the receipt book' }
    expect((await post(operator, item, 'close', closing)).status).toBe(200)
    expect((await list()).items).toEqual([])
    expect((await list('?state=closed')).items).toMatchObject([{ id: item.id, ageDays: 3 }])
    expect(await post(operator, item, 'close', closing)).toMatchObject({ status: 409 })
    const { body } = await post(operator, item, 'reopen', { note: 'it was another sale' })
    const by = { userId: operator.userId, name: 'Test' }
    expect((body as OpenItemDetail).history).toMatchObject([
      { step: 'opened', by: null },
      { step: 'closed', by, ...closing },
      { step: 'reopened', by, note: 'it was another sale' },
    ])
    expect(await first()).toMatchObject({ id: item.id, closedAt: null })
  })

  test('of another house sees it by a grant, and closes nothing', async () => {
    await opened(0)
    const item = await first()
    const lender = sessionOf(world, world.lender, 'lender')
    expect((await list('', lender)).items).toEqual([])
    await grant(database.db, world, world.lender, 'finance')
    expect((await list('', lender)).items).toHaveLength(1)
    const closing = { reason: 'other', note: 'not mine' }
    expect((await post(lender, item, 'close', closing)).status).toBe(403)
    const elsewhere = await makeWorld(database.db)
    const stranger = sessionOf(elsewhere, elsewhere.operator, 'operator')
    expect((await post(stranger, item, 'close', closing)).status).toBe(404)
    expect((await list()).items).toHaveLength(1)
  })
})

test('what settles by itself says so, and no person can take that back', async () => {
  const { db } = database
  const [device] = world.devices
  const long = new Date(Date.now() - 3_600_000)
  const orderId = await addPaidOrder(db, world.operator, device, 350n, long)
  const wake = () => undefined
  await openItemsJob({ db, wake }).run('all')
  expect(await first()).toMatchObject({ reason: 'payment-without-sale', orderId })
  const item = await first()
  await addSale(db, world.operator, { device, index: 3, amountMinor: 350n, orderId })
  await matchJob({ db, wake }).run(world.operator)
  const { body } = await app.ask(operator, 'GET', `/api/v1/open-items/${item.id}`)
  expect((body as OpenItemDetail).history).toMatchObject([
    { step: 'opened' },
    { step: 'closed', by: null, reason: 'matched', note: null },
  ])
  expect((await post(operator, item, 'reopen', { note: 'no' })).status).toBe(409)
})
