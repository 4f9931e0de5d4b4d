/** What people see of a settlement: grades of sales, and which shares are available. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { ChannelBill, Settlement } from '@tillproof/shared/api/settlements.ts'
import type { Takings } from '@tillproof/shared/api/takings.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { saleRoutes } from '../attest/routes.ts'
import { takingsRoutes } from '../attest/takings-routes.ts'
import { sessionOf } from '../testing.ts'
import { settlementRoutes } from './routes.ts'
import { DAY, type SettledBench, settledBench } from './testing-settled.ts'

let database: TestDatabase
let app: TestApp
let book: SettledBench
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, [...saleRoutes(), ...takingsRoutes(), ...settlementRoutes()])
  book = await settledBench(database.db)
})
afterAll(async () => {
  await book.close()
  await app.close()
  await database.drop()
})

const ask = (path: string, kind: 'operator' | 'platform' = 'operator') =>
  app.ask(sessionOf(book.world, book.world.operator, kind), 'GET', path)
const asked = async <T>(path: string): Promise<T> => (await ask(path)).body as T
const gradeOf = async (id: string) => (await asked<SaleDetail>(`/api/v1/sales/${id}`)).grade

test('a paid sale is corroborated; its bill settles it and its shares', async () => {
  await book.agrees()
  const [one, other] = [await book.pays(350n), await book.pays(350n)]
  const sales = [await book.sells(one, 350n), await book.sells(other, 350n)]
  expect(await Promise.all(sales.map(gradeOf))).toEqual(['corroborated', 'corroborated'])
  book.bill(DAY, [{ orderId: one, amountMinor: 350n, feeMinor: 2n }])
  await book.noonAfter(DAY)
  expect(await Promise.all(sales.map(gradeOf))).toEqual(['repaid', 'corroborated'])
  const [device] = book.world.devices
  const takings = await asked<Takings>(
    `/api/v1/devices/${device}/takings?from=${DAY}T00:00:00Z&to=${DAY}T23:00:00Z`,
  )
  const money = (minor: string) => ({ amountMinor: minor, currency: 'CNY' })
  expect(takings.grades).toEqual([
    { grade: 'repaid', sales: 1, amount: money('350') },
    { grade: 'corroborated', sales: 1, amount: money('350') },
  ])
  expect(takings.money).toMatchObject([{ paidMinor: '700', settledMinor: '350', openMinor: '0' }])
  const share = (account: string, minor: string) => ({
    account,
    currency: 'CNY',
    pendingMinor: minor,
    availableMinor: minor,
  })
  expect(takings.shares.map(each => each.availableMinor).toSorted()).toEqual(['105', '208', '35'])
  expect(takings.shares).toContainEqual(share(`party:${book.world.site}:share`, '35'))
})

test('the operator sees what each bill settled; only the platform sees the bill', async () => {
  const { items } = await asked<{ items: Settlement[] }>('/api/v1/settlements')
  expect(items).toMatchObject([
    {
      bookId: book.world.operator,
      channel: 'sandbox',
      day: DAY,
      number: 0,
      lines: 1,
      grossMinor: '350',
      feeMinor: '2',
      paidOutMinor: '348',
      state: 'posted',
    },
  ])
  const orderId = 'elsewhere-7'
  book.bill('2026-11-22', [{ orderId, amountMinor: 100n, feeMinor: 1n }])
  await book.noonAfter('2026-11-22')
  const bills = (await ask('/api/v1/channel-bills', 'platform')).body as { items: ChannelBill[] }
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/)
  expect(bills.items).toMatchObject([
    { day: '2026-11-22', kind: 'funds', state: 'stored', sha256, strays: [] },
    { day: '2026-11-22', kind: 'trades', strays: [{ line: 1, orderId, amountMinor: '100' }] },
    { day: DAY, kind: 'funds', strays: [] },
    { day: DAY, kind: 'trades', strays: [] },
  ])
  expect((await ask('/api/v1/channel-bills')).status).toBe(403)
})
