/** The six framer tests for scanners, configuration replies in between, and repeated codes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc16Xmodem } from '../crc.ts'
import { ascii, hexBytes, readSample } from '../testing/samples.ts'
import { MAX_CODE_BYTES, noteCode, scannerFramer } from './scanner.ts'

const code = (text: string) => ({ kind: 'code', text })

test('one code with a tail', () => {
  expect(scannerFramer().push(ascii('TPV1.abc.def\r\n'))).toEqual([code('TPV1.abc.def')])
})

test('one code ended by silence', () => {
  const framer = scannerFramer()
  expect(framer.push(ascii('TPV1.abc.def'))).toEqual([])
  expect(framer.flush()).toEqual([code('TPV1.abc.def')])
})

test('two codes', () => {
  expect(scannerFramer().push(ascii('one\rtwo\t'))).toEqual([code('one'), code('two')])
})

test('split anywhere, characters of several bytes included', () => {
  const bytes = ascii('券-TPV1\r\n')
  for (let at = 0; at <= bytes.length; at++) {
    const framer = scannerFramer()
    expect([...framer.push(bytes.slice(0, at)), ...framer.push(bytes.slice(at))]).toEqual([
      code('券-TPV1'),
    ])
  }
})

test('noise', () => {
  const framer = scannerFramer()
  const noisy = Uint8Array.of(0x41, 0x00, 0x42)
  expect(framer.push(Uint8Array.of(...noisy, 0x0d, 0x43, 0x0d))).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: noisy },
    code('C'),
  ])
  expect(framer.push(Uint8Array.of(0xff, 0xfe, 0x0d))[0]).toMatchObject({ reason: 'noise' })
})

test('oversize', () => {
  const framer = scannerFramer()
  const long = new Uint8Array(MAX_CODE_BYTES + 500).fill(0x41)
  expect(framer.push(long)).toEqual([])
  expect(framer.bufferedBytes()).toBe(MAX_CODE_BYTES)
  const [first, second] = framer.push(ascii('\rnext\r'))
  expect(first).toMatchObject({ kind: 'discarded', reason: 'oversize' })
  expect(second).toEqual(code('next'))
})

describe('configuration replies', () => {
  const reply = hexBytes('02 00 00 01 00 33 31')

  test('a good one between two codes', () => {
    const stream = Uint8Array.of(...ascii('a\r'), ...reply, ...ascii('b\r'))
    expect(scannerFramer().push(stream)).toEqual([
      code('a'),
      { kind: 'reply', type: 0, data: Uint8Array.of(0) },
      code('b'),
    ])
  })

  test('a code without a tail ends where an answer begins', () => {
    expect(scannerFramer().push(Uint8Array.of(...ascii('TPV1.abc'), ...reply))).toEqual([
      code('TPV1.abc'),
      { kind: 'reply', type: 0, data: Uint8Array.of(0) },
    ])
  })

  test('what only began like an answer is noise, and hides nothing', () => {
    expect(scannerFramer().push(Uint8Array.of(0x02, ...ascii('ab\r'), ...reply))).toMatchObject([
      { kind: 'discarded', reason: 'noise', bytes: Uint8Array.of(0x02) },
      code('ab'),
      { kind: 'reply' },
    ])
  })

  test('bad check', () => {
    const bad = Uint8Array.of(...reply.slice(0, -1), 0x32)
    expect(scannerFramer().push(bad)).toEqual([
      { kind: 'discarded', reason: 'bad-check', bytes: bad },
    ])
  })

  test('cut off by silence', () => {
    const framer = scannerFramer()
    framer.push(reply.slice(0, 5))
    expect(framer.flush()).toEqual([
      { kind: 'discarded', reason: 'truncated', bytes: reply.slice(0, 5) },
    ])
  })
})

describe('other families', () => {
  test('a plain scanner answers nothing: 02 is noise there', () => {
    const framer = scannerFramer({ family: 'plain' })
    expect(framer.push(ascii('\u0002\u0000a\rb\r'))).toMatchObject([{ reason: 'noise' }, code('b')])
  })

  test('Honeywell: answers among codes', () => {
    const framer = scannerFramer({ family: 'honeywell' })
    expect(framer.push(ascii('one\rPAPLED1\u0006.\rtwo\r'))).toEqual([
      code('one'),
      { kind: 'menu-reply', command: 'PAPLED1', taken: true },
      code('two'),
    ])
  })

  test('prefix and suffix are taken off, and missed when they are not there', () => {
    const framer = scannerFramer({ family: 'honeywell', prefix: '\\Q', suffix: '#' })
    expect(framer.push(ascii('\\QTPV1#\rTPV1\r\\Q#\r'))).toMatchObject([
      code('TPV1'),
      { reason: 'noise' },
      { reason: 'noise' },
    ])
  })
})

const vectors = readSample('wire/gm6x-vectors.json')
test.skipIf(vectors === undefined)('checksums of the published configuration frames', () => {
  const { frames }: { frames: { hex: string }[] } = JSON.parse(vectors ?? '{}')
  const checked = frames.map(frame => hexBytes(frame.hex)).filter(it => it.at(-2) !== 0xab)
  expect(checked.length).toBe(3)
  for (const frame of checked) {
    const check = ((frame.at(-2) ?? 0) << 8) | (frame.at(-1) ?? 0)
    expect(crc16Xmodem(frame.subarray(2, -2))).toBe(check)
  }
})

test('a code held before the scanner counts once', () => {
  const first = noteCode(null, 'a', 1000, 3000)
  const again = noteCode(first.seen, 'a', 3500, 3000)
  const other = noteCode(again.seen, 'b', 3600, 3000)
  const later = noteCode(again.seen, 'a', 6501, 3000)
  expect([first.repeated, again.repeated, other.repeated, later.repeated]).toEqual([
    false,
    true,
    false,
    false,
  ])
})

test('never keeps more than its cap, never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 })), chunks => {
      const framer = scannerFramer()
      for (const chunk of chunks) {
        framer.push(chunk)
        expect(framer.bufferedBytes()).toBeLessThanOrEqual(MAX_CODE_BYTES)
      }
    }),
  )
})
