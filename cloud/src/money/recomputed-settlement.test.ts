/**
 * Settlements looked at from outside: a monitor that recomputes the sales holds each to its rule.
 * Honest ones are accepted; one that gives a cent of the lender's to the operator is found.
 */
import { randomUUID } from 'node:crypto'
import { partyShare, settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookWriters } from './ledger/writers.ts'
import { settleBook } from './settlement/settlement.ts'
import { alter } from './testing-altered-posting.ts'
import { type AuditedBook, auditedBook, DAY, SWEEP } from './testing-audited-book.ts'

let book: AuditedBook
beforeAll(async () => {
  book = await auditedBook()
})
afterAll(() => book.close())

/** A bill has all that was sold so far, and the company kept so much of each. */
async function settled(feeMinor: bigint): Promise<void> {
  const { db } = book.database
  const operatorId = book.operator.organisation.id
  await db.withSystem(tx =>
    tx.query(
      `insert into bill_lines (operator_id, channel, day, line_no, device_id, order_id,
         transaction_id, moved_as, at, amount_minor, currency, fee_minor)
       select operator_id, channel, $2,
              (select count(*) from bill_lines) + row_number() over (order by paid_at), device_id,
              order_id, transaction_id, transaction_id, paid_at, amount_minor, currency, $3
         from payments p where operator_id = $1
          and not exists (select from bill_lines l where l.order_id = p.order_id)`,
      [operatorId, DAY, feeMinor],
    ),
  )
  const who = { db, writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters(who)
  await settleBook({ db, writers }, operatorId)
  await writers.close()
}

test('a settlement keeps its rule, and one cent given to somebody else is found', async () => {
  await book.sell(0, 350n)
  await book.clear()
  await settled(3n)
  await book.publish()
  const honest = await book.monitor('--day', DAY)
  expect(honest.report).toMatchObject({ state: 'ok', findings: [], reason: null })
  expect(honest.report.books).toMatchObject([
    { journals: 2, agreed: 1, differing: 0, other: { settlement: 1 }, agreesToTheCent: true },
  ])
  const repaid = settledAccount(SWEEP) ?? expect.fail('not settled')
  const available = settledAccount(partyShare(book.operator.organisation.id)) ?? ''
  const sums = honest.report.books.flatMap(each => each.sums)
  const creditsOf = (path: string) => sums.find(each => each.account === path)?.booked.credits
  // Fee 2 by the agreement, 3 by the bill; sweep 105; the operator 243 less the difference.
  expect([creditsOf(repaid), creditsOf(available)]).toEqual(['105', '242'])
  await book.sell(1, 350n)
  await book.clear()
  await settled(3n)
  const second = `settlement:sandbox:${DAY}:1`
  await alter(book, second, { isLogged: true, from: repaid, to: available })
  await book.publish()
  const { report, code } = await book.monitor('--day', DAY)
  expect(report.findings).toMatchObject([
    {
      kind: 'wrong-settlement',
      origin: expect.stringContaining(second),
      // 0.45 were left of the sweep's cap.
      detail: `it takes 45 from ${SWEEP} and gives 44 to ${repaid}`,
    },
  ])
  expect(code).toBe(20)
})
