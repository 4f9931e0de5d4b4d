/** The arithmetic of the benchmarks, with a clock that the test moves. */
import { expect, test } from 'vitest'
import { median, raceInRounds, timesFaster, unitsPerSecond } from './rounds.ts'

test('the first round warms up, then each begins with another contestant', async () => {
  const order: string[] = []
  const named = (name: string) => ({ name, run: () => order.push(name) })
  await raceInRounds([named('a'), named('b')], 2, () => 0)
  expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b'])
})

test('a disturbed round changes no median', async () => {
  let nowMs = 0
  const taking = (name: string, milliseconds: number[], units: number) => ({
    name,
    run: () => {
      nowMs += milliseconds.shift() ?? 0
      return units
    },
  })
  const contestants = [taking('slow', [99, 40, 40, 4000], 10), taking('fast', [99, 2, 2, 2], 10)]
  const timings = await raceInRounds(contestants, 3, () => nowMs)
  expect(timings.get('slow')).toEqual([4e6, 4e6, 4e8])
  expect(timesFaster(timings, 'fast', 'slow')).toBe(20)
  expect(unitsPerSecond(timings, 'fast')).toBe(5000)
})

test('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})
