/** Positions that may be believed, and each reason not to. */
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import { nmeaFramer, type Sentence } from './framer.ts'
import { readFix } from './position.ts'

const LIMITS = { earliestMs: Date.UTC(2005, 0, 1), latestMs: Date.UTC(2030, 0, 1) }

function sentence(type: string, fields: string): Sentence {
  return { kind: 'sentence', talker: 'GP', type, fields: fields.split(',') }
}

test('RMC of a standing receiver in Lithuania', () => {
  const rmc = '152505.00,A,5547.82113,N,02334.14130,E,0.253,,091209,,,A'
  expect(readFix(sentence('RMC', rmc), LIMITS)).toEqual({
    source: 'RMC',
    // 55 + 47.82113/60 and 23 + 34.14130/60 degrees
    position: { latitudeE7: 557970188, longitudeE7: 235690217 },
    timeOfDayMs: 55_505_000,
    atMs: Date.UTC(2009, 11, 9, 15, 25, 5),
  })
})

test('GGA of a receiver in New Zealand: south is negative, there is no date', () => {
  const gga = '030719.000,3747.0873,S,17518.8938,E,1,08,1.1,59.9,M,23.7,M,,0000'
  expect(readFix(sentence('GGA', gga), LIMITS)).toEqual({
    source: 'GGA',
    position: { latitudeE7: -377847883, longitudeE7: 1753148967 },
    timeOfDayMs: 11_239_000,
    atMs: null,
  })
})

describe('refused', () => {
  test.each([
    ['status V', 'RMC', '102136.000,V,3340.8472,S,15117.3205,E,0.0,0.0,251112,0.0,W', 'no-fix'],
    ['dead reckoning', 'RMC', '152505.00,A,5547.8,N,02334.1,E,,,091209,,,E', 'no-fix'],
    ['simulator', 'RMC', '152505.00,A,5547.8,N,02334.1,E,,,091209,,,S', 'no-fix'],
    ['rollover', 'RMC', '152505.00,A,5547.8,N,02334.1,E,,,250499,,,A', 'insane-date'],
    ['future', 'RMC', '152505.00,A,5547.8,N,02334.1,E,,,010131,,,A', 'insane-date'],
    ['no such day', 'RMC', '152505.00,A,5547.8,N,02334.1,E,,,310209,,,A', 'malformed'],
    ['no such hour', 'RMC', '252505.00,A,5547.8,N,02334.1,E,,,091209,,,A', 'malformed'],
    ['61 minutes', 'RMC', '152505.00,A,5561.8,N,02334.1,E,,,091209,,,A', 'malformed'],
    ['91 degrees', 'RMC', '152505.00,A,9100.0,N,02334.1,E,,,091209,,,A', 'malformed'],
    ['no side', 'RMC', '152505.00,A,5547.8,,02334.1,E,,,091209,,,A', 'malformed'],
    ['empty', 'RMC', '', 'malformed'],
    ['quality 0', 'GGA', '102136.000,3340.8472,S,15117.3205,E,0,02,99.0,,M,,M,,', 'no-fix'],
    ['quality 6', 'GGA', '102136.000,3340.8472,S,15117.3205,E,6,02,99.0,,M,,M,,', 'no-fix'],
    ['no quality', 'GGA', '102136.000,3340.8472,S,15117.3205,E,,02', 'malformed'],
    ['satellites', 'GSV', '1,1,00', 'other-sentence'],
  ])('%s', (_name, type, fields, refused) => {
    expect(readFix(sentence(type, fields), LIMITS)).toEqual({ refused })
  })
})

describe('recordings stay within their place', () => {
  test.each([
    ['bt451', 55.8, 23.6],
    ['bu353s4', -37.8, 175.3],
    ['quectel-L70', 51.04, -114.05],
    ['sl869', -33.68, 151.29],
  ])('%s', (name, latitude, longitude) => {
    const log = readSample(`nmea/${name}.log`)
    if (log === undefined) return
    const fixes = nmeaFramer()
      .push(ascii(log))
      .filter(frame => frame.kind === 'sentence')
      .map(frame => readFix(frame, LIMITS))
      .filter(fix => 'position' in fix)
    expect(fixes.length).toBeGreaterThan(3)
    for (const { position } of fixes) {
      expect(Math.abs(position.latitudeE7 / 1e7 - latitude)).toBeLessThan(0.1)
      expect(Math.abs(position.longitudeE7 / 1e7 - longitude)).toBeLessThan(0.1)
    }
  })
})
