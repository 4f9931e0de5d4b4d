/** What is left when sales and payments have met: nothing stands alone without an open item. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { findOrder, vouchersToSend } from '../payments/store.ts'
import { addPaidOrder, addSale, makeWorld, type World } from '../testing.ts'
import { matchJob, openItemsJob } from './job.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let database: TestDatabase
let world: World
let other: World
let device: string
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  other = await makeWorld(database.db)
  device = world.devices[0]
})
afterAll(() => database.drop())

const ago = (ms: number) => new Date(Date.now() - ms)
const wake = () => undefined
async function matchAll(): Promise<void> {
  const deps = { db: database.db, wake }
  for (const book of [world.operator, other.operator]) await matchJob(deps).run(book)
  await openItemsJob(deps).run('all')
}
const itemsOf = (operator: string) =>
  database.db.withSystem(tx =>
    tx.query<{ reason: string; sale_id: string | null; order_id: string | null }>(
      `select reason, sale_id, order_id from open_items
        where operator_id = $1 and closed_at is null order by reason, sale_id`,
      [operator],
    ),
  )
const paid = (at: Date) => addPaidOrder(database.db, world.operator, device, 350n, at)

describe('an order that is claimed twice', () => {
  test('by one machine: the second sale was paid by nobody', async () => {
    const at = ago(5 * MINUTE_MS)
    const orderId = await paid(at)
    const sale = { device, amountMinor: 350n, orderId, at }
    await addSale(database.db, world.operator, { ...sale, index: 1 })
    await matchAll()
    const second = await addSale(database.db, world.operator, { ...sale, index: 7 })
    await matchAll()
    expect(await itemsOf(world.operator)).toEqual([
      { reason: 'sale-without-payment', sale_id: second, order_id: orderId },
    ])
  })

  test('before it was paid: only the sale that it pays for is settled', async () => {
    const at = ago(5 * MINUTE_MS)
    const orderId = randomUUID()
    const sale = { device, amountMinor: 350n, orderId, at }
    await addSale(database.db, world.operator, { ...sale, index: 1 })
    const second = await addSale(database.db, world.operator, { ...sale, index: 7 })
    await matchAll()
    expect(await itemsOf(world.operator)).toHaveLength(2)
    await addPaidOrder(database.db, world.operator, device, 350n, at, orderId)
    await matchAll()
    expect(await itemsOf(world.operator)).toMatchObject([{ sale_id: second }])
  })
})

describe('an order that somebody else’s machine claims', () => {
  const claim = (orderId: string, state: 'succeeded' | 'failed') =>
    addSale(database.db, other.operator, {
      device: other.devices[0],
      index: 1,
      amountMinor: 350n,
      orderId,
      at: ago(5 * MINUTE_MS),
      state,
    })

  test.each(['succeeded', 'failed'] as const)('as %s is no news in its own book', async state => {
    const orderId = await paid(ago(5 * MINUTE_MS))
    await claim(orderId, state)
    await matchAll()
    expect(await itemsOf(world.operator)).toEqual([])
  })

  test('is a sale without payment in the book of the one that claims', async () => {
    const sale = await claim(await paid(ago(5 * MINUTE_MS)), 'succeeded')
    await matchAll()
    expect(await itemsOf(other.operator)).toEqual([
      { reason: 'sale-without-payment', sale_id: sale, order_id: null },
    ])
  })

  test('keeps its voucher until its own machine has reported a sale', async () => {
    const orderId = await paid(ago(MINUTE_MS))
    await database.db.withSystem(tx =>
      tx.query("update orders set delivery = 'downlink' where id = $1", [orderId]),
    )
    const seen = () => database.db.withSystem(tx => findOrder(tx, orderId))
    const toSend = () => database.db.withSystem(tx => vouchersToSend(tx, 0, 1_000_000))
    await claim(orderId, 'succeeded')
    expect(await seen()).toMatchObject({ seen: false })
    expect(await toSend()).toContain(orderId)
    await addSale(database.db, world.operator, { device, index: 1, amountMinor: 350n, orderId })
    expect(await seen()).toMatchObject({ seen: true })
    expect(await toSend()).not.toContain(orderId)
  })
})

describe('a paid sale that never ends', () => {
  const begun = async (at: Date) => {
    const orderId = await paid(at)
    const sale = { device, amountMinor: 350n, orderId, at, state: 'open' as const, index: 1 }
    return { orderId, saleId: await addSale(database.db, world.operator, sale) }
  }

  test('is an open item after a day, with its sale', async () => {
    const { orderId, saleId } = await begun(ago(DAY_MS + MINUTE_MS))
    await matchAll()
    expect(await itemsOf(world.operator)).toEqual([
      { reason: 'payment-without-sale', sale_id: saleId, order_id: orderId },
    ])
  })

  test('is none before, for a rental takes its time', async () => {
    await begun(ago(DAY_MS - MINUTE_MS))
    await matchAll()
    expect(await itemsOf(world.operator)).toEqual([])
  })

  test('and ends after all is matched and closes the item', async () => {
    const { saleId } = await begun(ago(DAY_MS + MINUTE_MS))
    await matchAll()
    await database.db.withSystem(tx =>
      tx.query("update sales set state = 'succeeded', decided_at = now() where id = $1", [saleId]),
    )
    await matchAll()
    expect(await itemsOf(world.operator)).toEqual([])
  })
})

test.each(['cash', 'reader'] as const)('a sale paid by %s waits for no order', async tender => {
  const at = ago(5 * MINUTE_MS)
  await addSale(database.db, world.operator, { device, index: 1, amountMinor: 350n, at, tender })
  await matchAll()
  expect(await itemsOf(world.operator)).toEqual([])
})
