/** Recordings of receivers as files: what is believed, what is refused, where it stands. */
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import { MAX_REFUSED, readFixes } from './fixes.ts'
import { encodeSentence } from './framer.ts'
import { fixesToJson, printFixes } from './print.ts'

const LIMITS = { earliestMs: Date.UTC(2005, 0, 1), latestMs: Date.UTC(2030, 0, 1) }

const rmc = (status: string, date: string) =>
  String.fromCharCode(
    ...encodeSentence('GPRMC', [
      ...['152505.00', status, '5547.82113', 'N', '02334.14130', 'E', '', '', date, '', '', 'A'],
    ]),
  )

test('each refusal has its line and reason, notes of the recorder have none', () => {
  const text = [
    '# recorded by hand\n',
    rmc('A', '091209'),
    rmc('V', '091209'),
    rmc('A', '250499'),
    rmc('A', '091209').replace('*', '1*'),
    'garbage\r\n',
    '$GPGSV,1,1,00*79\r\n',
  ].join('')
  const report = readFixes(ascii(text), LIMITS)
  expect(report.sentences).toBe(4)
  expect(report.fixes.map(({ line, source }) => [line, source])).toEqual([[2, 'RMC']])
  expect(report.refused.map(({ line, source, reason }) => [line, source, reason])).toEqual([
    [3, 'RMC', 'no-fix'],
    [4, 'RMC', 'insane-date'],
    [5, 'bytes', 'bad-check'],
    [6, 'bytes', 'noise'],
  ])
})

test('a flood of noise is counted, not kept', () => {
  const report = readFixes(ascii('$\n'.repeat(MAX_REFUSED + 500)), LIMITS)
  expect(report.refused).toHaveLength(MAX_REFUSED)
  expect([...report.refusedByReason]).toEqual([['bad-check', MAX_REFUSED + 500]])
})

describe('recordings', () => {
  // Counted in the files by hand: RMC with A and GGA with quality 1 and above, then the others.
  test.each([
    ['bt451', 26, { 'no-fix': 8 }],
    ['bu353s4', 50, {}],
    ['quectel-L70', 32, {}],
    ['sl869', 16, { 'no-fix': 14, 'bad-check': 1 }],
  ])('%s', (name, accepted, refused) => {
    const log = readSample(`nmea/${name}.log`)
    if (log === undefined) return
    const report = readFixes(ascii(log), LIMITS)
    expect(report.fixes).toHaveLength(accepted)
    expect(Object.fromEntries(report.refusedByReason)).toEqual(refused)
    expect(fixesToJson(report)).toMatchObject({ crs: 'EPSG:4326', accepted })
    expect(printFixes(report)).toContain(`${accepted} fixes accepted`)
  })
})
