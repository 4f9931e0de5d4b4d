/** Sums of a cash box and the journal of a count, by hand. */
import { describe, expect, test } from 'vitest'
import { type BoxJournal, boxCountLegs, expectedMinor, newlyShown } from './count.ts'

test('expected = left in the box + sold − what the tubes kept', () => {
  expect(expectedMinor({ openingMinor: 500n, soldMinor: 1000n, tubesMinor: 300n })).toBe(1200n)
  expect(expectedMinor({ openingMinor: 0n, soldMinor: 0n, tubesMinor: -300n })).toBe(300n)
})

describe('sales are shown', () => {
  const sale = (saleId: string, amountMinor: bigint, isShown = false) => ({
    saleId,
    amountMinor,
    isShown,
  })
  test.each([
    ['in their order, as far as the money reaches', [350n, 350n, 300n], 800n, ['0', '1']],
    ['to the last unit', [350n, 350n, 300n], 1000n, ['0', '1', '2']],
    ['not the small one behind a large one', [350n, 900n, 10n], 500n, ['0']],
    ['none of an empty box', [350n], 0n, []],
  ] as const)('%s', (_, amounts, shownMinor, expected) => {
    const sales = amounts.map((amount, at) => sale(String(at), amount))
    expect(newlyShown(sales, shownMinor)).toEqual(expected)
  })

  test('once: what was shown stays so, whatever is told late', () => {
    const sales = [sale('late', 350n), sale('known', 350n, true)]
    expect(newlyShown(sales, 500n)).toEqual([])
    expect(newlyShown(sales, 700n)).toEqual(['late'])
  })
})

describe('the journal', () => {
  const journal = (change: Partial<BoxJournal>): BoxJournal => ({
    countId: 'c',
    number: 0,
    deviceId: 'dm',
    operatorId: 'op',
    currency: 'CNY',
    differenceMinor: 0n,
    tubesMinor: 0n,
    collectedMinor: 0n,
    sources: [],
    ...change,
  })
  const told = (change: Partial<BoxJournal>, credited: [string, bigint][] = []) =>
    boxCountLegs(journal(change), new Map(credited)).map(
      ({ side, account, amountMinor }) => `${side} ${account} ${amountMinor}`,
    )

  test('of 8.00 taken out where 10.00 should be, and 1.00 went to the tubes', () => {
    expect(told({ differenceMinor: -100n, tubesMinor: 100n, collectedMinor: 800n })).toEqual([
      'credit cash:dm:box 1000',
      'debit suspense:cash-difference 100',
      'debit cash:dm:tubes 100',
      'debit party:op:cash 800',
    ])
  })

  test('of 0.50 too much that stays in the box', () => {
    expect(told({ differenceMinor: 50n })).toEqual([
      'debit cash:dm:box 50',
      'credit suspense:cash-difference 50',
    ])
  })

  test('moves the parts of its sales to whom they belong', () => {
    const credited: [string, bigint][] = [
      ['cash:dm:box', -350n],
      ['party:op:share', 245n],
      ['facility:loan:repayment', 105n],
    ]
    expect(told({}, credited)).toEqual([
      'debit party:op:share 245',
      'credit party:op:available 245',
      'debit facility:loan:repayment 105',
      'credit facility:loan:repaid 105',
    ])
  })

  test('is none where nothing is to be booked', () => {
    expect(told({})).toEqual([])
  })
})
