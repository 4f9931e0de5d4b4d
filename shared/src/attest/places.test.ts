/** Positions that one machine can and cannot have, with distances from outside. */
import { expect, test } from 'vitest'
import { type Fix, leapsOf } from './places.ts'

const HOUR_MS = 3_600_000
const at = (latitudeE7: number, longitudeE7: number, index: number, atMs: number): Fix => {
  return { latitudeE7, longitudeE7, index, atMs }
}
const shanghai = (index: number, atMs: number) => at(312_304_000, 1_214_737_000, index, atMs)
const beijing = (index: number, atMs: number) => at(399_042_000, 1_164_074_000, index, atMs)

test('Shanghai and Beijing a minute apart are two machines', () => {
  const [leap, ...others] = leapsOf([shanghai(3, 0), beijing(9, 60_000)])
  expect(others).toEqual([])
  // 1,067 to 1,068 km by the tables.
  expect(leap?.metres).toBeGreaterThan(1_060_000)
  expect(leap?.metres).toBeLessThan(1_075_000)
  expect(leap).toMatchObject({ seconds: 60, from: { index: 3 }, to: { index: 9 } })
})

test('five hours by train are not', () => {
  expect(leapsOf([shanghai(3, 0), beijing(9, 5 * HOUR_MS)])).toEqual([])
})

test('a receiver that wanders under a roof is not, nor across the date line', () => {
  const [here, there] = [at(0, 1_799_990_000, 1, 0), at(0, -1_799_990_000, 2, 1000)]
  expect(leapsOf([here, there])).toEqual([])
  expect(leapsOf([shanghai(1, 0), at(312_604_000, 1_214_737_000, 2, 1000)])).toEqual([])
})

test('a clock that goes back excuses nobody', () => {
  expect(leapsOf([shanghai(3, HOUR_MS), beijing(9, 0)])).toMatchObject([{ seconds: 1 }])
})
