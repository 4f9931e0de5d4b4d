/** Exact both ways, with each currency's own decimals. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exponentOf, formatDecimal, formatMoney, isCurrency, parseDecimal } from './money.ts'

describe('parseDecimal', () => {
  test.each([
    ['3.50', 'CNY', 350n],
    ['3.5', 'CNY', 350n],
    ['3', 'CNY', 300n],
    ['0.01', 'EUR', 1n],
    ['-0.01', 'EUR', -1n],
    ['120', 'JPY', 120n],
    ['1.234', 'KWD', 1234n],
    ['999999999999999999.99', 'CNY', 99999999999999999999n],
  ])('%s %s', (text, currency, amountMinor) => {
    expect(parseDecimal(text, currency)).toBe(amountMinor)
  })

  test.each([
    ['3.505', 'CNY'],
    ['1.0', 'JPY'],
    ['', 'CNY'],
    ['.5', 'CNY'],
    ['5.', 'CNY'],
    ['03.50', 'CNY'],
    ['+3', 'CNY'],
    ['3,50', 'CNY'],
    ['1e3', 'CNY'],
    ['0x10', 'CNY'],
    [' 3', 'CNY'],
    ['NaN', 'CNY'],
    ['3', 'cny'],
    ['3', 'YUAN'],
  ])('%j %s is refused', (text, currency) => {
    expect(parseDecimal(text, currency)).toBeUndefined()
  })
})

test('what is written is read back', () => {
  const amount = fc.bigInt({ min: 1n - 10n ** 18n, max: 10n ** 18n - 1n })
  fc.assert(
    fc.property(amount, fc.constantFrom('CNY', 'JPY', 'KWD', 'CLF'), (amountMinor, currency) => {
      expect(parseDecimal(formatDecimal({ amountMinor, currency }), currency)).toBe(amountMinor)
    }),
  )
})

test.each([
  [350n, 'CNY', 'CNY 3.50'],
  [5n, 'CNY', 'CNY 0.05'],
  [-5n, 'CNY', 'CNY -0.05'],
  [120n, 'JPY', 'JPY 120'],
  [1n, 'BHD', 'BHD 0.001'],
])('%s %s is "%s"', (amountMinor, currency, text) => {
  expect(formatMoney({ amountMinor, currency })).toBe(text)
})

test('currencies have two decimals unless ISO 4217 says otherwise', () => {
  expect(['CNY', 'JPY', 'KWD', 'CLF', 'KRW'].map(exponentOf)).toEqual([2, 0, 3, 4, 0])
  expect(['CNY', 'cny', 'CN', 'CNYY'].map(isCurrency)).toEqual([true, false, false, false])
})
