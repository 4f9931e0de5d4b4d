/** Periods begin with the calendar's days, weeks and months, and none is left out. */
import { expect, test } from 'vitest'
import { bucketsOf, type Step } from './buckets.ts'
import { dayOf } from './days.ts'

const local = (year: number, month: number, day: number) =>
  new Date(year, month - 1, day).toISOString()

test.each<[Step, string[]]>([
  ['day', ['2025-02-27', '2025-02-28', '2025-03-01', '2025-03-02', '2025-03-03']],
  ['week', ['2025-02-24', '2025-03-03']],
  ['month', ['2025-02-01', '2025-03-01']],
])('by %s', (step, expected) => {
  const starts = bucketsOf(local(2025, 2, 27), local(2025, 3, 4), step)
  expect(starts.map(dayOf)).toEqual(expected)
})
