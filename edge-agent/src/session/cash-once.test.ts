/** One cash sale that two readers hear of, and two sales that only look alike. */
import { expect, test } from 'vitest'
import { isToldAgain } from './cash-once.ts'

const told = (reader: number, atMs: number, item = 3, scaled = 40) => {
  return { reader, atTenthMs: atMs * 10, item, price: { scaled, minor: BigInt(scaled) * 5n } }
}

test.each([
  ['the first ever', null, told(1, 0), false],
  ['the other reader at once', told(1, 0), told(2, 120), true],
  ['the same reader in the same breath: not heard to be heard', told(1, 0), told(1, 30), true],
  ['the same reader again: somebody bought two', told(1, 0), told(1, 900), false],
  ['the other reader much later', told(1, 0), told(2, 5000), false],
  ['another item', told(1, 0), told(2, 120, 4), false],
  ['another price', told(1, 0), told(2, 120, 3, 50), false],
])('%s', (_name, last, next, expected) => {
  expect(isToldAgain(last, next)).toBe(expected)
})
