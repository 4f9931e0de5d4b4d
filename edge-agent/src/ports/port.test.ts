/** When a lost port is tried again. */
import { expect, test } from 'vitest'
import { reopenDelayMs } from './port.ts'

test('delays double, end at five seconds, and are spread by a quarter', () => {
  const shortest = [0, 1, 2, 3, 4, 5, 99].map(attempt => reopenDelayMs(attempt, () => 0))
  expect(shortest).toEqual([200, 400, 800, 1600, 3200, 5000, 5000])
  expect(reopenDelayMs(99, () => 0.999)).toBe(6249)
})
