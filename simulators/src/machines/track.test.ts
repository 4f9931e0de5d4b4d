/** Where a simulated receiver says it is, read back by those who read real ones. */
import { nmeaFramer } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { readFix } from '@tillproof/firmware-bridge/nmea/position.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nmeaOf } from './track.ts'

test('every place on earth is told and read within two centimetres', () => {
  const place = fc.record({
    latitudeE7: fc.integer({ min: -900_000_000, max: 900_000_000 }),
    longitudeE7: fc.integer({ min: -1_800_000_000, max: 1_800_000_000 }),
  })
  const atMs = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2060, 0, 1) })
  const limits = { earliestMs: Date.UTC(2025, 0, 1), latestMs: Date.UTC(2060, 0, 2) }
  fc.assert(
    fc.property(place, atMs, (told, at) => {
      const [rmc] = nmeaFramer().push(nmeaOf(told, at, 10))
      if (rmc?.kind !== 'sentence') return expect.fail('no sentence')
      const fix = readFix(rmc, limits)
      if (!('position' in fix)) return expect.fail(fix.refused)
      // A hundred-thousandth of a minute is 1.7 units of the seventh decimal.
      expect(Math.abs(fix.position.latitudeE7 - told.latitudeE7)).toBeLessThanOrEqual(1)
      expect(Math.abs(fix.position.longitudeE7 - told.longitudeE7)).toBeLessThanOrEqual(1)
    }),
  )
})
