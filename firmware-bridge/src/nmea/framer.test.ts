/** The six framer tests for NMEA 0183, glued sentences, and receivers' own recordings. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import { encodeSentence, MAX_SENTENCE_BYTES, nmeaFramer } from './framer.ts'

const GLL = '$GPGLL,5547.82107,N,02334.14132,E,152504.50,A,A*67'
const ZDA = '$GPZDA,152504.50,09,12,2009,00,00*65'
const gll = {
  kind: 'sentence',
  talker: 'GP',
  type: 'GLL',
  fields: ['5547.82107', 'N', '02334.14132', 'E', '152504.50', 'A', 'A'],
}
const zda = {
  kind: 'sentence',
  talker: 'GP',
  type: 'ZDA',
  fields: ['152504.50', '09', '12', '2009', '00', '00'],
}

test('one sentence', () => {
  expect(nmeaFramer().push(ascii(`${GLL}\r\n`))).toEqual([gll])
})

test('two sentences', () => {
  expect(nmeaFramer().push(ascii(`${GLL}\r\n${ZDA}\r\n`))).toEqual([gll, zda])
})

test('split anywhere', () => {
  const text = `${GLL}\r\n`
  for (let at = 0; at <= text.length; at++) {
    const framer = nmeaFramer()
    expect([
      ...framer.push(ascii(text.slice(0, at))),
      ...framer.push(ascii(text.slice(at))),
    ]).toEqual([gll])
  }
})

test('glued sentences: the cut one is given up, the whole one is read', () => {
  expect(nmeaFramer().push(ascii(`$GPRMC,152505.00,A,55${GLL}\r\n`))).toEqual([
    { kind: 'discarded', reason: 'bad-check', bytes: ascii('$GPRMC,152505.00,A,55') },
    gll,
  ])
  expect(nmeaFramer().push(ascii(`${GLL}${ZDA}\r\n`))).toEqual([gll, zda])
})

test('noise before a sentence', () => {
  const noise = Uint8Array.of(0x00, 0xff, 0x41)
  expect(nmeaFramer().push(Uint8Array.of(...noise, ...ascii(`${GLL}\r\n`)))).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: noise },
    gll,
  ])
})

test('bad check and no check', () => {
  const bad = GLL.replace('*67', '*68')
  expect(nmeaFramer().push(ascii(`${bad}\r\n`))).toEqual([
    { kind: 'discarded', reason: 'bad-check', bytes: ascii(bad) },
  ])
  expect(nmeaFramer().push(ascii('$GPGLL,,,,,,V,N\r\n'))[0]).toMatchObject({ reason: 'bad-check' })
})

test('oversize', () => {
  const framer = nmeaFramer()
  framer.push(ascii(`$GP${'A'.repeat(500)}`))
  expect(framer.bufferedBytes()).toBe(MAX_SENTENCE_BYTES)
  const [first, second] = framer.push(ascii(`\r\n${ZDA}\r\n`))
  expect(first).toMatchObject({ kind: 'discarded', reason: 'oversize' })
  expect(second).toEqual(zda)
})

test('silence truncates', () => {
  const framer = nmeaFramer()
  framer.push(ascii('$GPGLL,55'))
  expect(framer.flush()).toEqual([
    { kind: 'discarded', reason: 'truncated', bytes: ascii('$GPGLL,55') },
  ])
})

test('encoded sentences read back', () => {
  expect(encodeSentence('GPZDA', zda.fields)).toEqual(ascii(`${ZDA}\r\n`))
})

test('never keeps more than its cap, never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), chunks => {
      const framer = nmeaFramer()
      for (const chunk of chunks) {
        framer.push(chunk)
        expect(framer.bufferedBytes()).toBeLessThanOrEqual(MAX_SENTENCE_BYTES)
      }
    }),
  )
})

describe('recordings', () => {
  test.each(['bt451', 'bu353s4', 'quectel-L70', 'sl869'])('%s', name => {
    const log = readSample(`nmea/${name}.log`)
    if (log === undefined) return
    const framer = nmeaFramer()
    const bytes = Uint8Array.from(log, character => character.charCodeAt(0))
    // A line discipline hands over whatever it has: feed uneven pieces.
    const frames = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) =>
      framer.push(bytes.subarray(i * 7, i * 7 + 7)),
    ).flat()
    const sentences = frames.filter(frame => frame.kind === 'sentence')
    const inFile = log.split(/\r?\n/).filter(line => line.startsWith('$'))
    const unchecked = inFile.filter(line => !/\*[0-9A-F]{2}$/.test(line))
    expect(sentences.length).toBe(inFile.length - unchecked.length)
    expect(sentences.some(sentence => sentence.type === 'RMC')).toBe(true)
  })
})
