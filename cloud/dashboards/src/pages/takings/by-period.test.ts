/** Rows for every period, exact sums, one currency at a time. */
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import { expect, test } from 'vitest'
import { currenciesIn, provenMinor, rowsOf, sumOf } from './by-period.ts'

const day = (date: number) => new Date(2025, 2, date).toISOString()
const line = (
  grade: 'signed' | 'settled' | 'repaid',
  sales: number,
  amountMinor: string,
  currency = 'CNY',
) => ({ grade, sales, amount: { amountMinor, currency } })

const takings: TakingsByPeriod = {
  deviceId: null,
  from: day(1),
  to: day(4),
  step: 'day',
  zone: 'UTC',
  periods: [
    { at: day(1), grades: [line('repaid', 2, '700'), line('signed', 1, '350')] },
    {
      at: day(3),
      grades: [line('settled', 4, '900719925474099301'), line('signed', 9, '5', 'EUR')],
    },
  ],
  shares: [],
}

test('a day without a sale has its row', () => {
  const rows = rowsOf(takings, 'CNY')
  expect(rows.map(({ at, sales, totalMinor }) => [at, sales, totalMinor])).toEqual([
    [day(1), 3, 1_050n],
    [day(2), 0, 0n],
    [day(3), 4, 900_719_925_474_099_301n],
  ])
  expect(sumOf(rows).totalMinor).toBe(900_719_925_474_100_351n)
  expect(provenMinor(sumOf(rows))).toBe(900_719_925_474_100_001n)
})

test('the currency with the most sales comes first', () => {
  expect(currenciesIn(takings)).toEqual(['EUR', 'CNY'])
})
