/** Steps and differences of the repayment curve are exact, and the future stays empty. */
import { expect, test } from 'vitest'
import { curvePoints, curveRows } from './curve.ts'

const curve = [
  { at: '2025-03-01T00:00:00.000Z', plannedMinor: '1000', actualMinor: '900' },
  { at: '2025-03-02T00:00:00.000Z', plannedMinor: '2000', actualMinor: '2500' },
  { at: '2025-03-03T00:00:00.000Z', plannedMinor: '3000', actualMinor: null },
]

test('each row says what was repaid since the row before and how far it is from the plan', () => {
  expect(curveRows(curve).map(row => [row.stepMinor, row.differenceMinor])).toEqual([
    ['900', '-100'],
    ['1600', '500'],
    [null, null],
  ])
})

test('the actual line ends where the future begins', () => {
  const points = curvePoints(curve, 'CNY')
  expect(points.planned.map(([, value]) => value)).toEqual([10, 20, 30])
  expect(points.actual.map(([, value]) => value)).toEqual([9, 25])
})
