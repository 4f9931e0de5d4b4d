/** Distances that can be looked up: degrees of the WGS-84 ellipsoid, cities, squares on a map. */
import { describe, expect, test } from 'vitest'
import { meanOf, metresBetween, metresOutside } from './geometry.ts'

const at = (latitude: number, longitude: number) => ({
  latitudeE7: Math.round(latitude * 1e7),
  longitudeE7: Math.round(longitude * 1e7),
})

// Lengths of a degree on WGS 84: 110 574 m and 111 320 m at the equator, 111 132 m and 78 847 m at
// 45°, 111 694 m north at the pole (NIMA TR8350.2, tables).
test.each([
  [at(-0.005, 0), at(0.005, 0), 1105.74],
  [at(0, 0), at(0, 0.01), 1113.2],
  [at(44.995, 7), at(45.005, 7), 1111.32],
  [at(45, 7), at(45, 7.01), 788.47],
  [at(89.985, 0), at(89.995, 0), 1116.94],
  [at(10, 179.999), at(10, -179.999), 219.3],
])('%j to %j', (from, to, metres) => {
  expect(metresBetween(from, to) / metres).toBeCloseTo(1, 3)
})

test('the mean of fixes, over the date line too', () => {
  expect(meanOf([at(31, 121), at(31.0002, 121.0004)])).toEqual(at(31.0001, 121.0002))
  expect(meanOf([at(0, 179.9999), at(0, -179.9997)])).toEqual(at(0, -179.9999 + 0.0))
})

describe('a square of 1 km by 1 km', () => {
  const [south, north, west, east] = [31, 31.009_02, 121, 121.010_47]
  const square = [at(south, west), at(south, east), at(north, east), at(north, west)]

  test.each([
    ['the middle', at(31.004_51, 121.005_235), -500],
    ['just inside the west', at(31.004_51, 121.000_105), -10],
    ['east of it', at(31.004_51, 121.011_517), 100],
    ['beyond a corner', at(30.998_197, 120.997_906), 283],
  ])('%s', (_name, position, metres) => {
    expect(Math.abs(metresOutside(square, position) - metres)).toBeLessThan(3)
    expect(Math.abs(metresOutside(square.toReversed(), position) - metres)).toBeLessThan(3)
  })
})
