/** The three sums, each with a period that holds and periods that do not. */
import { expect, test } from 'vitest'
import { goodsError, meterBalance, moneyErrorMinor } from './conservation.ts'
import type { Window } from './windows.ts'

test.each([
  ['holds', { opening: 120, refilled: 200, removed: 15, closing: 105 }, 200, 0],
  ['lacks four', { opening: 120, refilled: 200, removed: 15, closing: 101 }, 200, 4],
  ['has three told and not gone', { opening: 50, refilled: 0, removed: 0, closing: 23 }, 30, -3],
])('goods: %s', (_name, count, dispensed, error) => {
  expect(goodsError(count, dispensed)).toBe(error)
})

test('meters: both signs are shown, and a meter that began anew', () => {
  const at = { index: 0, value: 0n, atMs: 0 }
  const window = (rise: bigint | null, sales: number): Window => {
    return { from: at, to: at, rise, sales, presumed: 0 }
  }
  expect(meterBalance([window(10n, 10), window(7n, 5), window(null, 3), window(4n, 5)])).toEqual({
    rise: 21n,
    sales: 23,
    unsold: 2n,
    phantom: 1n,
    epochs: 1,
  })
})

test.each([
  ['holds', { soldMinor: 70_000n, paidMinor: 55_000n, cashMinor: 15_000n }, 0n],
  ['lacks 12.50', { soldMinor: 70_000n, paidMinor: 55_000n, cashMinor: 13_750n }, 1_250n],
  ['has too much', { soldMinor: 350n, paidMinor: 700n, cashMinor: 0n }, -350n],
])('money: %s', (_name, count, error) => {
  expect(moneyErrorMinor(count)).toBe(error)
})
