/** Settlements of a book: an honest one, and each way to move other money than a sale credited. */
import { settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import type { Journal, JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import { settlementLegs } from '@tillproof/shared/ledger/settlement.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kindsOf } from '../testing.ts'
import { BOOK, NOW_MS, type TestAudit, testAudit } from './testing.ts'

const DAY = '2025-10-09'
const LOAN = 'facility:00000000-0000-4000-8000-0000000000f1'
let audit: TestAudit
let sale: Journal
beforeEach(async () => {
  audit = await testAudit()
  const terms = await audit.agree()
  sale = audit.journal(audit.sell(350n), terms)
  audit.book(sale)
})
afterEach(() => audit.close())

const leg = (account: string, side: JournalLeg['side'], amountMinor: bigint): JournalLeg => ({
  ...{ account, side, amountMinor },
  currency: 'CNY',
  phase: 'posted',
})
/** Of that sale, for which the company kept so much; then as the test changes it. */
function settlement(feeMinor: bigint, number = 0, more: JournalLeg[] = []): Journal {
  const credited = new Map<string, bigint>()
  for (const { account, side, amountMinor } of sale.legs) {
    const signed = side === 'credit' ? amountMinor : -amountMinor
    credited.set(account, (credited.get(account) ?? 0n) + signed)
  }
  const name = { channel: 'sandbox', day: DAY, number }
  const legs = settlementLegs({ ...name, operatorId: BOOK, credited, feeMinor })
  return {
    ...sale,
    businessId: `settlement:sandbox:${DAY}:${number}`,
    kind: 'settlement',
    deviceId: null,
    agreement: null,
    sourceAtMs: NOW_MS,
    legs: [...legs.map(each => leg(each.account, each.side, each.amountMinor)), ...more],
  }
}
const repaid = settledAccount(`${LOAN}:repayment`) ?? ''

test('an honest one is accepted, whatever the company kept, and told', async () => {
  audit.book(settlement(3n))
  const { state, findings, books } = await audit.look()
  expect({ state, findings }).toEqual({ state: 'ok', findings: [] })
  expect(books).toMatchObject([{ agreed: 1, other: { settlement: 1 }, agreesToTheCent: true }])
  expect(books[0]?.sums.find(({ account }) => account === repaid)?.booked.credits).toBe('105')
})

describe('the monitor finds a settlement', () => {
  const found = async (journal: Journal, detail: string) => {
    audit.book(journal)
    const report = await audit.look()
    expect(kindsOf(report)).toEqual(['wrong-settlement'])
    expect(report.findings[0]?.detail).toContain(detail)
    expect(report.exitCode).toBe(20)
  }

  test('that gives the lender’s part to the site', async () => {
    const honest = settlement(2n)
    const legs = honest.legs.map(each =>
      each.account === repaid ? { ...each, account: 'party:somebody:available' } : each,
    )
    await found({ ...honest, legs }, 'it moves what is on party:somebody:available')
  })

  test('that moves a part short of its amount, and keeps the rest', async () => {
    const honest = settlement(2n)
    const legs = honest.legs.map(each =>
      each.account === repaid ? { ...each, amountMinor: each.amountMinor - 5n } : each,
    )
    const rest = leg(settledAccount(`party:${BOOK}:share`) ?? '', 'credit', 5n)
    await found({ ...honest, legs: [...legs, rest] }, 'from facility:')
  })

  test('that is booked a second time under another number', async () => {
    audit.book(settlement(2n))
    await found(settlement(2n, 1), 'and sales credited 105')
  })

  test('that does not balance', async () => {
    await found(settlement(2n, 0, [leg('in-transit:sandbox:2025-10-09', 'debit', 1n)]), 'off by')
  })

  test('under a name that is none', async () => {
    await found({ ...settlement(2n), businessId: 'settlement:1' }, 'names no settlement')
  })
})
