/** Plan and repayment as points: the straight line, its end, and what the future cannot know. */
import { expect, test } from 'vitest'
import { curveOf, plannedBy, stepOf } from './curve.ts'

const DAY = 86_400_000
/** 1,000.00 at 100.00 a day. */
const plan = { principalMinor: 100_000n, plannedDailyMinor: 10_000n, startedAtMs: 0 }

test.each([
  ['before it starts', -DAY, 0n],
  ['at the start', 0, 0n],
  ['after half a day', DAY / 2, 5_000n],
  ['after three days', 3 * DAY, 30_000n],
  ['on the last day', 10 * DAY, 100_000n],
  ['long after', 50 * DAY, 100_000n],
])('planned %s', (_, at, planned) => {
  expect(plannedBy(plan, at)).toBe(planned)
})

test.each([
  [5 * 60_000, 10_000],
  [40 * 60_000, 60_000],
  [40 * DAY, DAY],
  [9_000 * DAY, 30 * DAY],
])('after %d ms a point every %d ms', (elapsed, step) => {
  expect(stepOf(plan, elapsed)).toBe(step)
})

test('actual amounts are cumulative and end with now', () => {
  const repayments = [
    { atMs: DAY, cumulativeMinor: 8_000n },
    { atMs: 2 * DAY, cumulativeMinor: 21_000n },
  ]
  const now = 60 * DAY
  const curve = curveOf({ ...plan, plannedDailyMinor: 1_000n }, repayments, now)
  expect(curve.slice(0, 2)).toEqual([
    { at: '1970-01-01T00:00:00.000Z', plannedMinor: '0', actualMinor: '0' },
    { at: '1970-01-08T00:00:00.000Z', plannedMinor: '7000', actualMinor: '21000' },
  ])
  const known = curve.filter(point => point.actualMinor !== null)
  expect(known.at(-1)).toEqual({
    at: '1970-03-02T00:00:00.000Z',
    plannedMinor: '60000',
    actualMinor: '21000',
  })
  expect(curve.slice(known.length).every(point => point.actualMinor === null)).toBe(true)
})
