/** Amounts as people write them. */
import { expect, test } from 'vitest'
import { minorOf } from './minor-of.ts'

test.each([
  ['3.5', 'CNY', 350n],
  ['3,50', 'CNY', 350n],
  [' 12 ', 'JPY', 12n],
  ['1.234', 'KWD', 1_234n],
  ['3.505', 'CNY', undefined],
  ['0', 'CNY', 0n],
  ['-1', 'CNY', undefined],
  ['', 'CNY', undefined],
])('"%s" of %s is %s', (text, currency, minor) => {
  expect(minorOf(text, currency)).toBe(minor)
})
