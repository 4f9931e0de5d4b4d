/** Sums by grade and by what speaks for the money, by hand. */
import { expect, test } from 'vitest'
import { byGrade, moneyBalances, type SalesAlike } from './takings.ts'

const group = (sales: number, amountMinor: bigint, rest: Partial<SalesAlike> = {}): SalesAlike => ({
  currency: 'CNY',
  tender: null,
  witnessed: false,
  paymentMatched: false,
  repaying: false,
  sales,
  amountMinor,
  ...rest,
})

const MONTH = [
  group(10, 3_500n, { witnessed: true, paymentMatched: true }),
  group(2, 700n, { paymentMatched: true }),
  group(4, 1_400n, { paymentMatched: true, repaying: true }),
  group(3, 1_050n, { witnessed: true, tender: 'cash' }),
  group(1, 350n, { tender: 'reader' }),
  group(5, 2_000n, { currency: 'EUR' }),
]

test('each sale counts once, in its best grade', () => {
  const line = (grade: string, sales: number, amountMinor: string, currency = 'CNY') => {
    return { grade, sales, amount: { amountMinor, currency } }
  }
  expect(byGrade(MONTH)).toEqual([
    line('repaid', 4, '1400'),
    line('settled', 12, '4200'),
    line('corroborated', 3, '1050'),
    line('signed', 1, '350'),
    line('signed', 5, '2000', 'EUR'),
  ])
})

test('sold = settled + told as cash + what only the machine speaks for', () => {
  expect(moneyBalances(MONTH)).toEqual([
    {
      currency: 'CNY',
      soldMinor: '7000',
      settledMinor: '5600',
      cashToldMinor: '1050',
      openMinor: '350',
    },
    {
      currency: 'EUR',
      soldMinor: '2000',
      settledMinor: '0',
      cashToldMinor: '0',
      openMinor: '2000',
    },
  ])
})
