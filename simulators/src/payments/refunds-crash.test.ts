/**
 * A process that dies in the midst of a refund, before or after each of its transactions: whoever
 * comes next goes on from what is saved, and the money goes back once.
 */
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRefundShop, type RefundShop } from './testing-refund-shop.ts'

let database: TestDatabase
let shop: RefundShop

beforeAll(async () => {
  database = await testDatabase()
  shop = await openRefundShop(database.db)
  shop.faults['drop-notify'] = 1
})
afterAll(async () => {
  await shop.close()
  await database.drop()
})

type Death = { at: number; when: 'before' | 'after' }

/** Dies around its n-th transaction, from 0; counts those that it was asked for. */
function mortal(db: Db, { at, when }: Death) {
  const count = { transactions: 0 }
  const withSystem: Db['withSystem'] = async (work, options) => {
    const isLast = count.transactions++ === at
    if (isLast && when === 'before') throw new TypeError('killed')
    const result = await db.withSystem(work, options)
    if (isLast) throw new TypeError('killed')
    return result
  }
  return { db: { ...db, withSystem }, count }
}

/** A refund of 1.00 of a new sale, brought to its end by processes that may die. */
async function refunded(death: Death): Promise<number> {
  const { saleId } = await shop.sold()
  const { id } = (await shop.askFor(saleId, '100')).body as Refund
  const { db, count } = mortal(database.db, death)
  for (let looks = 0; looks < 4; looks++) {
    const state = await shop.look(id, db).catch(() => 'killed')
    const { body } = await shop.ask('operator', 'GET', `/api/v1/refunds/${id}`)
    if (state === 'succeeded' && (body as Refund).bookedAt !== null) break
  }
  const { body } = await shop.ask('operator', 'GET', `/api/v1/refunds/${id}`)
  expect(body).toMatchObject({ state: 'succeeded', bookedAt: expect.any(String) })
  return count.transactions
}

test('wherever it is killed, 1.00 of each 3.50 goes back, and nothing is left held', async () => {
  const steps = await refunded({ at: -1, when: 'before' })
  expect(steps).toBeGreaterThan(10)
  let sales = 1
  for (let at = 0; at < steps; at++) {
    for (const when of ['before', 'after'] as const) {
      await refunded({ at, when })
      sales += 1
    }
  }
  const { body } = await shop.ask('operator', 'GET', '/api/v1/refunds?limit=200')
  const { items } = body as { items: Refund[] }
  expect(items.map(({ amount }) => amount.amountMinor)).toEqual(Array(sales).fill('100'))
  expect(await shop.book.table()).toContain(`company ${(sales * 2.5).toFixed(2)} · `)
  expect(await shop.reasons()).toEqual([])
})
