/** Sums by grade and by what speaks for the money, by hand. */
import { expect, test } from 'vitest'
import { byGrade, moneyBalances, type SalesAlike } from './takings.ts'

const group = (sales: number, amountMinor: bigint, rest: Partial<SalesAlike> = {}): SalesAlike => ({
  currency: 'CNY',
  tender: null,
  witnessed: false,
  paymentMatched: false,
  settled: false,
  repaying: false,
  sales,
  amountMinor,
  ...rest,
})

const MONTH = [
  group(10, 3_500n, { witnessed: true, paymentMatched: true, settled: true }),
  group(2, 700n, { paymentMatched: true }),
  group(4, 1_400n, { paymentMatched: true, settled: true, repaying: true }),
  group(3, 1_050n, { witnessed: true, tender: 'cash' }),
  group(1, 400n, { settled: true, tender: 'cash' }),
  group(1, 350n, { tender: 'reader' }),
  group(5, 2_000n, { currency: 'EUR' }),
]

test('each sale counts once, in its best grade', () => {
  const line = (grade: string, sales: number, amountMinor: string, currency = 'CNY') => {
    return { grade, sales, amount: { amountMinor, currency } }
  }
  expect(byGrade(MONTH)).toEqual([
    line('repaid', 4, '1400'),
    line('settled', 11, '3900'),
    line('corroborated', 5, '1750'),
    line('signed', 1, '350'),
    line('signed', 5, '2000', 'EUR'),
  ])
})

test('sold = paid + told as cash + what only the machine speaks for', () => {
  expect(moneyBalances(MONTH)).toEqual([
    {
      currency: 'CNY',
      soldMinor: '7400',
      paidMinor: '5600',
      settledMinor: '5300',
      cashToldMinor: '1450',
      openMinor: '350',
    },
    {
      currency: 'EUR',
      soldMinor: '2000',
      paidMinor: '0',
      settledMinor: '0',
      cashToldMinor: '0',
      openMinor: '2000',
    },
  ])
})
