/** Where the simulated car is, by its odometer, and what its receiver says about it. */

import { encodeSentence } from '@tillproof/firmware-bridge/nmea/framer.ts'
import type { Position } from '@tillproof/firmware-bridge/nmea/position.ts'

/** Corner of the block in Shanghai, and its sides in ten-millionths of a degree. */
const CORNER: Position = { latitudeE7: 312_304_000, longitudeE7: 1_214_737_000 }
const SIDE_E7 = 40_000
/** Metres of one side, north–south; close enough east–west for a demonstration. */
const SIDE_METERS = 445

/** Around the block: north, east, south, west, one side after the other. */
export function positionOnTrack(odometerMeters: number): Position {
  const along = (odometerMeters / SIDE_METERS) % 4
  const [side, part] = [Math.floor(along), along % 1]
  const [up, right] = (
    [
      [part, 0],
      [1, part],
      [1 - part, 1],
      [0, 1 - part],
    ] as const
  )[side] ?? [0, 0]
  return {
    latitudeE7: CORNER.latitudeE7 + Math.round(up * SIDE_E7),
    longitudeE7: CORNER.longitudeE7 + Math.round(right * SIDE_E7),
  }
}

/** One second of a receiver: RMC and GGA at `atMs` UTC. */
export function nmeaOf(position: Position, atMs: number, knots: number): Uint8Array {
  const iso = new Date(atMs).toISOString()
  const time = `${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}.00`
  const date = `${iso.slice(8, 10)}${iso.slice(5, 7)}${iso.slice(2, 4)}`
  const where = [
    angle(position.latitudeE7, 2),
    position.latitudeE7 < 0 ? 'S' : 'N',
    angle(position.longitudeE7, 3),
    position.longitudeE7 < 0 ? 'W' : 'E',
  ]
  const rmc = [time, 'A', ...where, knots.toFixed(2), '0.0', date, '', '', 'A']
  const gga = [time, ...where, '1', '09', '0.9', '4.0', 'M', '8.0', 'M', '', '']
  return Uint8Array.of(...encodeSentence('GPRMC', rmc), ...encodeSentence('GPGGA', gga))
}

/** Degrees times 10^7 → `ddmm.mmmmm`. */
function angle(valueE7: number, degreeDigits: number): string {
  // In steps of 0.00001 minutes, so that rounding can never say 60 minutes.
  const steps = Math.round((Math.abs(valueE7) * 60) / 100)
  const degrees = Math.floor(steps / 6_000_000)
  const minutes = (steps % 6_000_000) / 1e5
  return `${String(degrees).padStart(degreeDigits, '0')}${minutes.toFixed(5).padStart(8, '0')}`
}
