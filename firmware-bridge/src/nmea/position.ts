/**
 * Positions out of RMC and GGA sentences, WGS-84.
 *
 *   RMC: time, status A|V, lat, N|S, lon, E|W, knots, course, ddmmyy, variation, E|W [, mode]
 *   GGA: time, lat, N|S, lon, E|W, quality, satellites, HDOP, altitude, M, …
 *
 * A position counts only with status A or quality ≥ 1, and an RMC only with a date inside the
 * caller's limits: receivers without a fix repeat old positions, and after a week-number rollover
 * they live in 1999. The time is the receiver's word; nobody may set a clock by it.
 */
import type { Sentence } from './framer.ts'

/** Degrees times 10^7, WGS-84; `accuracy` is a dilution or nothing, never metres. */
export type Position = { latitudeE7: number; longitudeE7: number }
export type Fix = {
  source: 'RMC' | 'GGA'
  position: Position
  /** Time of day of the receiver, milliseconds since midnight UTC. */
  timeOfDayMs: number
  /** Full UTC time; GGA has no date. */
  atMs: number | null
}
export type NoFix = { refused: 'no-fix' | 'malformed' | 'insane-date' | 'other-sentence' }
export type DateLimits = { earliestMs: number; latestMs: number }

const DAY_MS = 86_400_000
/** Mode indicators (NMEA 2.3 and later) that stand for a measured position. */
const MEASURED = new Set(['A', 'D', 'F', 'P', 'R'])

/** `limits`: UTC milliseconds between which a receiver's date is believed. */
export function readFix(sentence: Sentence, limits: DateLimits): Fix | NoFix {
  if (sentence.type === 'RMC') return readRmc(sentence.fields, limits)
  if (sentence.type === 'GGA') return readGga(sentence.fields)
  return { refused: 'other-sentence' }
}

function readRmc(fields: string[], limits: DateLimits): Fix | NoFix {
  const [time = '', status, lat = '', ns = '', lon = '', ew = '', , , date = '', , , mode] = fields
  if (status !== 'A') return { refused: status === 'V' ? 'no-fix' : 'malformed' }
  if (mode !== undefined && mode !== '' && !MEASURED.has(mode)) return { refused: 'no-fix' }
  const position = readPosition(lat, ns, lon, ew)
  const timeOfDayMs = readTime(time)
  const dateMs = readDate(date)
  if (position === undefined || timeOfDayMs === undefined || dateMs === undefined) {
    return { refused: 'malformed' }
  }
  const atMs = dateMs + timeOfDayMs
  if (atMs < limits.earliestMs || atMs > limits.latestMs) return { refused: 'insane-date' }
  return { source: 'RMC', position, timeOfDayMs, atMs }
}

function readGga(fields: string[]): Fix | NoFix {
  const [time = '', lat = '', ns = '', lon = '', ew = '', quality = ''] = fields
  if (!/^[0-8]$/.test(quality)) return { refused: 'malformed' }
  // 0 none, 6 dead reckoning, 7 typed in by hand, 8 simulated.
  if (!/^[1-5]$/.test(quality)) return { refused: 'no-fix' }
  const position = readPosition(lat, ns, lon, ew)
  const timeOfDayMs = readTime(time)
  if (position === undefined || timeOfDayMs === undefined) return { refused: 'malformed' }
  return { source: 'GGA', position, timeOfDayMs, atMs: null }
}

function readPosition(lat: string, ns: string, lon: string, ew: string): Position | undefined {
  const latitudeE7 = readAngle(lat, 2, ns, 'NS', 90)
  const longitudeE7 = readAngle(lon, 3, ew, 'EW', 180)
  if (latitudeE7 === undefined || longitudeE7 === undefined) return undefined
  return { latitudeE7, longitudeE7 }
}

/** `ddmm.mmmm` and a hemisphere → degrees times 10^7. */
function readAngle(
  text: string,
  degreeDigits: number,
  side: string,
  sides: string,
  limitDegrees: number,
): number | undefined {
  const sideIndex = side.length === 1 ? sides.indexOf(side) : -1
  const match = /^(\d+)(\d\d(?:\.\d{1,8})?)$/.exec(text)
  const [, degrees = '', minutes = ''] = match ?? []
  if (sideIndex < 0 || degrees.length !== degreeDigits || Number(minutes) >= 60) return undefined
  const value = Math.round(Number(degrees) * 1e7 + (Number(minutes) * 1e7) / 60)
  if (value > limitDegrees * 1e7) return undefined
  return sideIndex === 0 ? value : 0 - value
}

/** `hhmmss[.sss]` → milliseconds since midnight. A leap second counts as the next minute. */
function readTime(text: string): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\.\d{1,6})?$/.exec(text)
  if (match === null) return undefined
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined
  const fractionMs = Math.floor(Number(match[4] ?? 0) * 1000)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fractionMs
}

/** `ddmmyy` → UTC midnight. Years 80–99 belong to the last century: that is how rollovers show. */
function readDate(text: string): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [day, month, shortYear] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const dateMs = Date.UTC(shortYear >= 80 ? 1900 + shortYear : 2000 + shortYear, month - 1, day)
  const rolled = new Date(dateMs)
  if (rolled.getUTCDate() !== day || rolled.getUTCMonth() !== month - 1) return undefined
  return dateMs - (dateMs % DAY_MS)
}
