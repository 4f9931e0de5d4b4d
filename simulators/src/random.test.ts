/** A seed repeats its sequence, another seed gives another; the numbers fill their range. */
import { expect, test } from 'vitest'
import { seededRandom } from './random.ts'

const take = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

test('the same seed gives the same sequence, another seed another one', () => {
  expect(take(7, 20)).toEqual(take(7, 20))
  expect(take(8, 20)).not.toEqual(take(7, 20))
})

test('a thousand numbers lie in [0, 1) and in every tenth of it', () => {
  const numbers = take(1, 1000)
  expect(numbers.every(number => number >= 0 && number < 1)).toBe(true)
  expect(new Set(numbers.map(number => Math.floor(number * 10))).size).toBe(10)
})
