/**
 * Refunds and disputes through a payment company, over real HTTP, each fault for certain: whatever
 * goes wrong, money goes back once, and the book has of it what the company says.
 */

import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRefundShop, type RefundShop } from './testing-refund-shop.ts'

let database: TestDatabase
let shop: RefundShop

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  shop = await openRefundShop(database.db)
  return () => shop.close()
})

const SPLIT = 'company 3.50 · fee 0.02 · lender 1.05 · site 0.35 · owner 2.08'
const LEFT = 'company 2.50 · fee 0.02 · lender 0.75 · site 0.25 · owner 1.48'
const NONE = 'company 0.00 · fee 0.00 · lender 0.00 · site 0.00 · owner 0.00'
const HELD =
  'company 3.50 (1.00 held) · fee 0.02 · lender 1.05 (0.30 held) · ' +
  'site 0.35 (0.10 held) · owner 2.08 (0.60 held)'

describe('a refund of 1.00 of 3.50', () => {
  test.each([
    ['goes back', {}, ['submitted', 'succeeded'], LEFT, []],
    [
      'done and not answered is unknown',
      { 'refund-no-answer': 1 },
      ['unknown', 'succeeded'],
      LEFT,
      [],
    ],
    ['is refused', { 'refund-refused': 1 }, ['refused'], SPLIT, ['refund-failed']],
    ['is closed later', { 'refund-closed': 1 }, ['submitted', 'refused'], SPLIT, ['refund-failed']],
    [
      'cannot be brought to the customer',
      { 'refund-abnormal': 1 },
      ['submitted', 'abnormal'],
      HELD,
      ['refund-failed'],
    ],
  ] as const)('%s', async (_, fault, states, table, items) => {
    const { saleId } = await shop.sold()
    // What the company tells by itself comes a little later than the answers here.
    Object.assign(shop.faults, { 'drop-notify': 1, ...fault })
    const asked = await shop.askFor(saleId, '100')
    expect(asked).toMatchObject({ status: 201, body: { state: 'requested', saleId } })
    const { id } = asked.body as Refund
    for (const state of states) expect(await shop.look(id)).toBe(state)
    expect([await shop.book.table(), await shop.reasons()]).toEqual([table, items])
    expect(await shop.look(id)).toBe(states.at(-1))
    expect(await shop.book.table()).toBe(table)
  })

  test('never reaches the company, and is sent again under the same id', async () => {
    const { saleId } = await shop.sold()
    const { id } = (await shop.askFor(saleId, '100')).body as Refund
    await shop.stopCompany()
    expect(await shop.look(id)).toBe('unknown')
    expect(await shop.book.table()).toBe(HELD)
    shop.faults['drop-notify'] = 1
    await shop.startCompany()
    expect([await shop.look(id), await shop.look(id), await shop.look(id)]).toEqual([
      'requested',
      'submitted',
      'succeeded',
    ])
    expect(await shop.book.table()).toBe(LEFT)
  })

  test('is told by doubled notifications, and booked once', async () => {
    const { saleId } = await shop.sold()
    Object.assign(shop.faults, { 'duplicate-notify': 1 })
    const { id } = (await shop.askFor(saleId, '100')).body as Refund
    await shop.look(id)
    await expect
      .poll(() => shop.messages().then(() => shop.stateOf(id)), { timeout: 20_000 })
      .toBe('succeeded')
    await shop.book.clear()
    expect(await shop.book.table()).toBe(LEFT)
  })

  test('asked for again under its id is one; beyond what was paid there is none', async () => {
    const { saleId } = await shop.sold()
    const id = '00000000-0000-4000-8000-00000000a001'
    const answers = [await shop.askFor(saleId, '100', id), await shop.askFor(saleId, '100', id)]
    expect(answers.map(each => each.status)).toEqual([201, 201])
    expect(await shop.askFor(saleId, '99', id)).toMatchObject({ status: 409 })
    expect(await shop.askFor(saleId, '251')).toMatchObject({ body: { code: 'refund.too-much' } })
    expect(await shop.askFor(saleId, '250')).toMatchObject({ status: 201 })
    expect(await shop.askFor(saleId, '1')).toMatchObject({ body: { code: 'refund.too-much' } })
    const { body } = await shop.ask('operator', 'GET', '/api/v1/refunds')
    expect(body).toMatchObject({ items: [{ amount: { amountMinor: '250' } }, { id }] })
    const ofAnother = await shop.ask('operator', 'GET', `/api/v1/refunds?orderId=${id}`)
    expect(ofAnother.body).toMatchObject({ items: [] })
    const seen = await shop.ask('lender', 'GET', `/api/v1/refunds/${id}`)
    expect(seen).toMatchObject({ status: 404 })
  })
})

describe('what the company does by itself', () => {
  const heard = async (reason: string) => {
    await expect
      .poll(() => shop.messages().then(shop.reasons), { timeout: 20_000 })
      .toContain(reason)
    await shop.book.clear()
  }

  test('a refund that nobody asked for is booked, with an open item that says so', async () => {
    const { paid } = await shop.sold()
    expect(await shop.post(`${paid.payUrl}/refund`)).toBe(200)
    await heard('payment-refunded')
    expect(await shop.book.table()).toBe(NONE)
  })

  test('a refund told before its payment is kept, and the payment gives no voucher', async () => {
    const paid = await shop.order()
    shop.faults['drop-notify'] = 1
    expect(await shop.post(paid.payUrl)).toBe(200)
    shop.faults['drop-notify'] = 0
    expect(await shop.post(`${paid.payUrl}/refund`)).toBe(200)
    await heard('payment-refunded')
    await shop.askPayment(paid.id)
    expect((await shop.ask(null, 'GET', `/api/v1/orders/${paid.id}`)).body).toMatchObject({
      state: 'paid',
      voucher: null,
    })
  })

  test.each([
    ['won', SPLIT],
    ['lost', 'company 0.00 · fee 15.00 · lender 0.00 · site 0.00 · owner 0.00 · owner owes 15.00'],
  ] as const)('a dispute is held and %s', async (end, table) => {
    const { paid } = await shop.sold()
    expect(await shop.post(`${paid.payUrl}/dispute/opened`)).toBe(200)
    await heard('payment-disputed')
    const { body } = await shop.ask('operator', 'GET', '/api/v1/refunds')
    const { items } = body as { items: Refund[] }
    const [dispute = expect.fail('no dispute')] = items
    expect(await shop.look(dispute.id)).toBe('submitted')
    expect(await shop.book.table()).toContain('company 3.50 (3.50 held)')
    expect(await shop.post(`${paid.payUrl}/dispute/${end}`)).toBe(200)
    await expect.poll(() => shop.messages().then(shop.reasons), { timeout: 20_000 }).toEqual([])
    await shop.book.clear()
    expect(await shop.book.table()).toBe(table)
  })
})
