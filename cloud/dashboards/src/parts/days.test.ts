/** Periods of the calendar, in the reader's zone. */
import { expect, test } from 'vitest'
import { dayOf, daysOf, instantsOf, isDay, readDays } from './days.ts'

const today = new Date(2025, 2, 31, 13, 0)

test.each([
  ['month', '2025-03-01', '2025-03-31'],
  ['last-month', '2025-02-01', '2025-02-28'],
  ['quarter', '2025-01-01', '2025-03-31'],
  ['year', '2025-01-01', '2025-03-31'],
] as const)('%s is from %s to %s', (span, first, last) => {
  expect(daysOf(span, today)).toEqual({ first, last })
})

test('a period ends with its last day, not before it', () => {
  const { from, to } = instantsOf({ first: '2025-02-28', last: '2025-02-28' })
  expect(from).toBe(new Date(2025, 1, 28).toISOString())
  expect(to).toBe(new Date(2025, 2, 1).toISOString())
})

test.each([
  ['2025-02-01', '2025-02-03', '2025-02-01'],
  ['2025-02-03', '2025-02-01', '2025-03-01'],
  ['2025-02-30', '2025-03-01', '2025-03-01'],
  ['', '', '2025-03-01'],
])('from an address: %s to %s begins on %s', (first, last, begins) => {
  expect(readDays(first, last, today).first).toBe(begins)
})

test('only days are days', () => {
  expect(['2025-02-29', '2024-02-29', '25-1-1', 'x'].map(isDay)).toEqual([
    false,
    true,
    false,
    false,
  ])
  expect(dayOf(new Date(2025, 0, 5, 23, 59))).toBe('2025-01-05')
})
