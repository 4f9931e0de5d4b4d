/** Units of the API become words of the reader; "no data" is never zero. */
import { expect, test } from 'vitest'
import { figureText, isSilent, listBehind } from './figures.ts'

const figure = (value: string | null, unit: string) => ({
  name: 'outstanding',
  value,
  unit,
  definition: 'Principal less repayments.',
  asOf: '2025-03-01T00:00:00.000Z',
})

test.each([
  [figure('47123450', 'CNY'), 'CN¥471,234.50'],
  [figure('14217', 'count'), '14,217'],
  [figure('9588', 'basis-points'), '95.88%'],
  [figure('16.4', 'months'), '16.4 months'],
  [figure('3', 'widgets'), '3 widgets'],
  [figure(null, 'CNY'), null],
])('case %#', (given, text) => {
  expect(figureText(given, 'en')).toBe(text)
})

test('each figure opens the list that makes it up', () => {
  expect(['outstanding', 'collection-rate', 'months-to-clear'].map(listBehind)).toEqual([
    'loans',
    'loans',
    'loans',
  ])
  expect(['silent-balance', 'silent-machines'].map(listBehind)).toEqual(['silent', 'silent'])
  expect(['takings', 'sales', 'machines'].map(listBehind)).toEqual([
    'machines',
    'machines',
    'machines',
  ])
})

test('a machine is silent after 24 hours without a head, or before its first', () => {
  const asOf = '2025-03-02T00:00:00.000Z'
  expect(isSilent('2025-03-01T00:00:00.000Z', asOf)).toBe(false)
  expect(isSilent('2025-02-28T23:59:59.999Z', asOf)).toBe(true)
  expect(isSilent(null, asOf)).toBe(true)
})
