/**
 * Refunds recomputed from outside, with no word of the cloud believed but that money went back.
 * Honest ones agree to the cent; one that is altered is found.
 */
import { randomUUID } from 'node:crypto'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { businessIdOfRefund } from '@tillproof/shared/ledger/sale-facts.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookWriters } from './ledger/writers.ts'
import { bookRefunds } from './refunds/booking.ts'
import * as store from './refunds/store.ts'
import { alter } from './testing-altered-posting.ts'
import { type AuditedBook, auditedBook, DAY } from './testing-audited-book.ts'

let book: AuditedBook
beforeAll(async () => {
  book = await auditedBook()
})
afterAll(() => book.close())

/** The company says that it has paid back so much; answers the name of the journal. */
async function refunded(saleId: string, amountMinor: bigint): Promise<string> {
  const { db } = book.database
  const id = randomUUID()
  await db.withSystem(async tx => {
    const sale = (await store.findPaidSale(tx, saleId)) ?? expect.fail('not paid')
    const why = { cause: 'operator', reason: 'test', state: 'succeeded' } as const
    await store.insertRefund(tx, { ...sale, id, amountMinor, ...why })
  })
  const who = { db, writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters(who)
  await bookRefunds({ db, writers }, book.operator.organisation.id)
  await writers.close()
  return businessIdOfRefund(id, saleId)
}

test('a refund agrees to the cent beyond a cap, and one cent moved is found', async () => {
  // Fee 0.60 % half up, sweep 30 % down until 1.50 is paid, the operator the rest.
  const sales = [await book.sell(0, 350n), await book.sell(1, 350n), await book.sell(0, 350n)]
  const [first = '', second = '', third = ''] = sales
  await book.clear()
  await refunded(first, 100n)
  // 0.45 were left for the sweep of the second; of 2.50 it would ask for 0.75.
  await refunded(second, 100n)
  await book.publish()
  const honest = await book.monitor('--day', DAY)
  expect(honest.report).toMatchObject({ state: 'ok', findings: [], reason: null })
  await alter(book, await refunded(third, 350n), { isLogged: true, side: 'debit' })
  await book.publish()
  const { report, code } = await book.monitor('--day', DAY)
  expect(report.findings).toMatchObject([
    {
      kind: 'wrong-split',
      origin: expect.stringContaining(`:sale:${third}`),
      detail: expect.stringContaining('psp:sandbox:fees is 1 and should be 2'),
    },
  ])
  expect(code).toBe(20)
})
