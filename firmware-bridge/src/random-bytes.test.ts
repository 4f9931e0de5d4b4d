/**
 * A million random bytes into every framer, in uneven pieces: nothing is thrown, no more is kept
 * than promised, and the first good frame after the noise and a silence is read.
 */
import { describe, expect, test } from 'vitest'
import { encodeFrame } from './bridge/frame.ts'
import { bridgeFramer } from './bridge/framer.ts'
import { encodeMessage } from './cctalk/frame.ts'
import { cctalkFramer } from './cctalk/framer.ts'
import { encodeControl as encodeDdcmp } from './ddcmp/frame.ts'
import { ddcmpFramer } from './ddcmp/framer.ts'
import { encodeBlock } from './dex/frame.ts'
import { dexFramer } from './dex/framer.ts'
import type { Framer } from './frame.ts'
import { lineFramer } from './line-framer.ts'
import { mdbSniffer } from './mdb/sniffer.ts'
import { waferFramer } from './mdb/waferlife.ts'
import { encodeRtu, rtuRequestFramer } from './modbus/rtu.ts'
import { encodeAdu, modbusTcpFramer } from './modbus/tcp.ts'
import { encodeSentence, nmeaFramer } from './nmea/framer.ts'
import { GM6X_TRIGGER, gm6xCommandFramer } from './qr/gm6x.ts'
import { scannerFramer } from './qr/scanner.ts'
import { ascii } from './testing/samples.ts'

const BYTES = 1_000_000

const framers: [
  name: string,
  make: () => Framer<{ kind: string }>,
  cap: number,
  good: Uint8Array,
][] = [
  ['text lines', () => lineFramer({ maxBytes: 256 }), 256, ascii('c,1\r\n')],
  ['NMEA 0183', nmeaFramer, 160, encodeSentence('GPZDA', ['1'])],
  ['GM6x scanners', scannerFramer, 4096, ascii('TPV1.abc\r')],
  [
    'Honeywell scanners',
    () => scannerFramer({ family: 'honeywell', prefix: '#' }),
    4096,
    ascii('#TPV1.abc\r'),
  ],
  ['plain scanners', () => scannerFramer({ family: 'plain' }), 4096, ascii('TPV1.abc\r')],
  ['GM6x commands', gm6xCommandFramer, 263, GM6X_TRIGGER],
  ['Waferlife', waferFramer, 160, ascii('\u0002140115\u0003')],
  [
    'Modbus TCP',
    modbusTcpFramer,
    260,
    encodeAdu({ transaction: 1, unit: 1, pdu: Uint8Array.of(3, 0, 0, 0, 1) }),
  ],
  ['Modbus RTU', rtuRequestFramer, 1024, encodeRtu(1, Uint8Array.of(3, 0, 0, 0, 1))],
  ['DEX/UCS', dexFramer, 512, encodeBlock({ type: 'data', last: true, text: ascii('SE*1') })],
  ['DDCMP', ddcmpFramer, 2058, encodeDdcmp({ type: 'ack', reason: 0, rr: 1, num: 0 })],
  ['microcontroller bridge', bridgeFramer, 97, encodeFrame({ type: 'ack', boot: 7, received: 5 })],
  [
    'ccTalk',
    cctalkFramer,
    260,
    encodeMessage({ destination: 2, source: 1, header: 254, data: new Uint8Array(0) }),
  ],
]

describe.each(framers)('%s', (_name, make, cap, good) => {
  test.each([1, 2])('seed %i', seed => {
    const framer = make()
    const random = noise(seed)
    for (let at = 0; at < BYTES; ) {
      const piece = Uint8Array.from({ length: 1 + (random() % 700) }, () => random() & 0xff)
      framer.push(piece)
      expect(framer.bufferedBytes()).toBeLessThanOrEqual(cap)
      at += piece.length
    }
    framer.flush()
    expect(framer.bufferedBytes()).toBe(0)
    const frames = framer.push(good)
    expect(frames.map(({ kind }) => kind)).not.toContain('discarded')
    expect(frames).toHaveLength(1)
  })
})

/** Lines are text; what they say is random too: half of them look almost like blocks of a bus. */
test('a sniffer hears a million random bytes in lines, and a sale after them', () => {
  const sniffer = mdbSniffer({ currency: 'EUR', assumedScale: null })
  const random = noise(3)
  const digits = '0123456789abcdefACKN,x'
  for (let at = 0; at < BYTES; ) {
    const length = 1 + (random() % 60)
    const text = Array.from({ length }, () => digits[random() % digits.length]).join('')
    const stamp = String(random() % 10_000_000_000).padStart(10, '0')
    sniffer.hear(random() % 2 ? text : `x,${random() % 2 ? '00' : '80'},${stamp},${text}`)
    at += length
  }
  sniffer.silence()
  const lines = ['x,00,0000000100,13,0500640005', 'x,80,0000000200,ACK']
  const heard = lines.map(line => sniffer.hear(line))
  expect([...heard, sniffer.silence()].flat()).toMatchObject([
    { kind: 'cash-sale', item: 5, price: { scaled: 100 } },
  ])
})

/** xorshift32: the same bytes on every machine. */
function noise(seed: number): () => number {
  let state = seed * 0x9e3779b1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 3
  }
}
