/** Splits of a book: honest ones, and each way to book what was not agreed. */
import { businessIdFromSuspense, fromSuspenseHash } from '@tillproof/shared/ledger/sale-facts.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kindsOf } from '../testing.ts'
import { FROM_MS, NOW_MS, type TestAudit, termsOf, testAudit } from './testing.ts'

let audit: TestAudit
beforeEach(async () => {
  audit = await testAudit()
})
afterEach(() => audit.close())

describe('an honest book agrees to the cent', () => {
  test('over looks, restarts and a cap, with sums for a banker', async () => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n, 150n)
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
    audit.reopen()
    audit.sellAndBook(terms, 350n, 99n)
    const { state, books } = await audit.look()
    expect(state).toBe('ok')
    expect(books).toMatchObject([{ journals: 4, agreed: 4, differing: 0, agreesToTheCent: true }])
    // Swept are 105, 45 and then no more than the 50 that are left of 200.
    const facility = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'
    expect(books[0]?.sums.find(({ account }) => account === facility)).toMatchObject({
      booked: { debits: '0', credits: '200' },
      recomputed: { debits: '0', credits: '200' },
    })
  })

  test('where no agreement speaks, and one is signed afterwards', async () => {
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, null))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
    const terms = await audit.agree()
    audit.book(fromSuspense(sold, terms))
    const { state, books } = await audit.look()
    expect({ state, agreed: books[0]?.agreed }).toEqual({ state: 'ok', agreed: 2 })
  })

  test('also when still another version is signed after that', async () => {
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, null))
    const terms = await audit.agree()
    audit.book(fromSuspense(sold, terms))
    await audit.agree({ ...terms, version: 2 })
    // Signed twenty minutes before what waited is split, and an hour after.
    const signedAt = [NOW_MS - 1_200_000, NOW_MS + 3_600_000].map(ms => new Date(ms).toISOString())
    audit.agreements = audit.agreements.map((each, at) => {
      return { ...each, effectiveFrom: signedAt[at] ?? null }
    })
    expect(await audit.look(NOW_MS + 7_200_000)).toMatchObject({ state: 'ok', findings: [] })
  })

  test('with journals of other business, which are told and taken over', async () => {
    const terms = await audit.agree()
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, terms))
    audit.book(audit.journal(sold, terms, { businessId: 'payout:1', kind: 'payout' }))
    const { state, books } = await audit.look()
    expect(state).toBe('ok')
    expect(books).toMatchObject([{ agreed: 1, other: { payout: 1 }, agreesToTheCent: true }])
  })

  test('under terms that are not shown to this account: said, and not called agreed', async () => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n)
    audit.agreements = []
    const { state, books } = await audit.look()
    expect(state).toBe('ok')
    expect(books).toMatchObject([{ agreed: 0, unseen: 1, agreesToTheCent: false }])
  })
})

describe('the monitor finds', () => {
  test('a split against the agreement', async () => {
    const terms = await audit.agree()
    const journal = audit.journal(audit.sell(350n), terms)
    const [site = expect.fail(), operator = expect.fail()] = journal.legs.slice(-2)
    site.amountMinor -= 5n
    operator.amountMinor += 5n
    audit.book(journal)
    const report = await audit.look()
    expect(report).toMatchObject({ state: 'wrong', exitCode: 20 })
    expect(report.findings).toMatchObject([
      {
        kind: 'wrong-split',
        detail: expect.stringContaining(':share is 30 and should be 35'),
        file: expect.any(String),
      },
    ])
    expect(report.books).toMatchObject([{ agreed: 0, differing: 1, agreesToTheCent: false }])
  })

  test('a share beyond its cap, though each sale by itself looks right', async () => {
    const terms = await audit.agree()
    const uncapped = termsOf({ terms: terms.terms.map(withoutCap) })
    for (const amount of [350n, 350n, 350n]) {
      const journal = audit.journal(audit.sell(amount), uncapped)
      audit.book(journal)
    }
    const report = await audit.look()
    expect(kindsOf(report)).toEqual(['wrong-split', 'wrong-split'])
    expect(report.books).toMatchObject([{ agreed: 1, differing: 2 }])
  })

  test('another version than was in force', async () => {
    const old = await audit.agree()
    const later = { ...termsOf(), version: 2, validFromMs: FROM_MS + 60_000 }
    await audit.agree(later)
    audit.sellAndBook(old, 350n)
    expect(kindsOf(await audit.look())).toEqual(['wrong-agreement'])
  })

  test('takings held back in suspense although an agreement speaks', async () => {
    await audit.agree()
    audit.sellAndBook(null, 350n)
    expect(kindsOf(await audit.look())).toEqual(['wrong-agreement'])
  })

  test('a split by no agreement at all', async () => {
    const terms = await audit.agree()
    audit.book(audit.journal(audit.sell(350n), terms, { agreement: null }))
    expect(kindsOf(await audit.look())).toEqual(['wrong-agreement'])
  })

  test('another amount than the machine recorded', async () => {
    const terms = await audit.agree()
    const sold = audit.sell(350n)
    audit.book(audit.journal({ ...sold, amountMinor: 340n }, terms))
    const report = await audit.look()
    expect(report.findings).toMatchObject([
      { kind: 'amount-differs', detail: expect.stringMatching(/CNY 3\.40.*CNY 3\.50/) },
    ])
  })

  test('another order than the machine was paid by', async () => {
    const terms = await audit.agree()
    const orderId = '00000000-0000-4000-8000-00000000ffff'
    audit.book(audit.journal({ ...audit.sell(350n), orderId }, terms))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })

  test('one sale booked twice', async () => {
    const terms = await audit.agree()
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, terms))
    await audit.look()
    audit.book(audit.journal(sold, terms))
    expect(kindsOf(await audit.look())).toEqual(['booked-twice'])
  })

  test('a sale split once more as if it had waited in suspense', async () => {
    const terms = await audit.agree()
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, terms))
    audit.book(fromSuspense(sold, terms))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })
})

const withoutCap = (term: ReturnType<typeof termsOf>['terms'][number]) =>
  term.kind === 'share' ? { ...term, capMinor: null } : term

/** Split by these terms out of where it waited. */
function fromSuspense(sold: ReturnType<TestAudit['sell']>, terms: ReturnType<typeof termsOf>) {
  const journal = audit.journal(sold, terms)
  const [receivable = expect.fail()] = journal.legs
  return {
    ...journal,
    kind: 'sale-from-suspense',
    businessId: businessIdFromSuspense(sold.saleId),
    payloadHash: fromSuspenseHash(journal.payloadHash),
    legs: [{ ...receivable, account: 'suspense:no-agreement' }, ...journal.legs.slice(3)],
  }
}
