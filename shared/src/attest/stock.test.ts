/** Goods at visits, by hand. */
import { expect, test } from 'vitest'
import { checkStock, type StockLine } from './stock.ts'

const line = (counted: number | null, added = 0, removed = 0, slot = 'A1'): StockLine => ({
  slot,
  counted,
  added,
  removed,
})
/** [opening, refilled, removed, sold, counted, error] of each check of the last visit. */
const told = (...visits: [StockLine[], number?][]) =>
  checkStock(visits.map(([lines, sold = 0]) => ({ lines, sold: new Map([['A1', sold]]) })))
    .at(-1)
    ?.map(each => [
      each.opening,
      each.refilled,
      each.removed,
      each.sold,
      each.counted,
      each.error,
      each.hasRisen,
    ])

test.each([
  ['what is there is what was filled in less what was sold', 27, 0, false],
  ['a piece is missing', 26, 1, false],
  ['a sale was told and the piece is still there', 28, -1, false],
  ['more than there could be', 31, -4, true],
])('10 found, 20 added, 3 sold: %s', (_, counted, error, hasRisen) => {
  expect(told([[line(10, 20)]], [[line(counted)], 3])).toEqual([
    [30, 0, 0, 3, counted, error, hasRisen],
  ])
})

test('visits at which nothing was counted are reckoned in', () => {
  expect(
    told([[line(10)]], [[line(null, 5)], 2], [[line(null, 0, 1)], 1], [[line(10)], 1]),
  ).toEqual([[10, 5, 1, 4, 10, 0, false]])
})

test('the first count of a slot says nothing, whatever was sold before', () => {
  expect(told([[line(null, 9)], 4], [[line(3)], 5])).toEqual([])
  expect(told([[line(3)]], [[line(8, 0, 0, 'B2')], 1])).toEqual([])
})
