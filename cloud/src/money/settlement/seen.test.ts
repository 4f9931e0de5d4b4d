/** What people see of a settlement: grades of sales, and which shares are available. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Takings } from '@tillproof/shared/api/takings.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { saleRoutes } from '../attest/routes.ts'
import { takingsRoutes } from '../attest/takings-routes.ts'
import { sessionOf } from '../testing.ts'
import { DAY, type SettledBench, settledBench } from './testing-settled.ts'

let database: TestDatabase
let app: TestApp
let book: SettledBench
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, [...saleRoutes(), ...takingsRoutes()])
  book = await settledBench(database.db)
})
afterAll(async () => {
  await book.close()
  await app.close()
  await database.drop()
})

const asked = async <T>(path: string): Promise<T> => {
  const operator = sessionOf(book.world, book.world.operator, 'operator')
  return (await app.ask(operator, 'GET', path)).body as T
}
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
