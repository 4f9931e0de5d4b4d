/** A bridge's frames: shared vectors, published stuffings, the six framer tests, round trips. */
import { crc32 } from 'node:zlib'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../firmware/vectors.json' with { type: 'json' }
import { cobsDecode, cobsEncode } from './cobs.ts'
import { encodeFrame, MAX_STUFFED_BYTES } from './frame.ts'
import { bridgeFramer } from './framer.ts'
import { type BridgeMessage, decodeMessage, encodeMessage } from './message.ts'

const bytesOf = (hex: string) => fromHex(hex) ?? expect.unreachable(hex)
const ACK: BridgeMessage = { type: 'ack', boot: 7, received: 5 }
const DONE: BridgeMessage = { type: 'done', session: 1, number: 0, result: 0 }
const framed = (message: BridgeMessage) => ({ kind: 'message', message })

/** JSON has no bytes: the one field that is some is written as hex. */
type Written = Omit<Record<string, string | number>, 'data'> & { data?: string }
const read = (written: object): BridgeMessage => {
  const { data, ...fields } = written as Written
  return { ...fields, ...(data === undefined ? {} : { data: bytesOf(data) }) } as BridgeMessage
}

describe('shared vectors', () => {
  test.each(vectors.crc)('the checksum of $text', ({ text, crc }) => {
    expect(crc32(text)).toBe(crc)
  })

  test.each(vectors.cobs)('$bytes stuffed', ({ bytes, stuffed }) => {
    expect(toHex(cobsEncode(bytesOf(bytes)))).toBe(stuffed)
    expect(cobsDecode(bytesOf(stuffed))).toEqual(bytesOf(bytes))
  })

  test.each(vectors.messages)('$name', ({ message, body, frame }) => {
    expect(toHex(encodeMessage(read(message)))).toBe(body)
    expect(toHex(encodeFrame(read(message)))).toBe(frame)
    expect(bridgeFramer().push(bytesOf(frame))).toEqual([framed(read(message))])
  })

  test.each(vectors.later)('$name', ({ message, frame }) => {
    expect(bridgeFramer().push(bytesOf(frame))).toEqual([framed(read(message))])
  })

  test('unknown types are told apart from payloads that end too early', () => {
    const found = vectors.ignored.flatMap(({ frame }) => bridgeFramer().push(bytesOf(frame)))
    expect(found).toMatchObject([
      { kind: 'unknown', type: 0x7f },
      { kind: 'discarded', reason: 'malformed' },
    ])
  })

  test.each(vectors.refused)('$name', ({ frame }) => {
    const found = bridgeFramer().push(bytesOf(frame))
    expect(found).toMatchObject([{ kind: 'discarded', reason: 'bad-check' }])
  })
})

test('one frame', () => {
  expect(bridgeFramer().push(encodeFrame(ACK))).toEqual([framed(ACK)])
})

test('two frames, also with one zero between them', () => {
  const [first, second] = [encodeFrame(ACK), encodeFrame(DONE)]
  expect(bridgeFramer().push(Uint8Array.of(...first, ...second))).toEqual([
    framed(ACK),
    framed(DONE),
  ])
  const closer = Uint8Array.of(...first, ...second.subarray(1))
  expect(bridgeFramer().push(closer)).toHaveLength(2)
})

test('split anywhere', () => {
  const bytes = encodeFrame(DONE)
  for (let at = 0; at <= bytes.length; at++) {
    const framer = bridgeFramer()
    const found = [...framer.push(bytes.slice(0, at)), ...framer.push(bytes.slice(at))]
    expect(found).toEqual([framed(DONE)])
  }
})

test('noise before a frame takes nothing of it', () => {
  const noise = Uint8Array.of(0x55, 0xaa, 0x7f)
  const found = bridgeFramer().push(Uint8Array.of(...noise, ...encodeFrame(ACK)))
  expect(found).toEqual([{ kind: 'discarded', reason: 'bad-check', bytes: noise }, framed(ACK)])
})

test('bad check: any one changed byte is noticed, and the frame after it is whole', () => {
  const bytes = encodeFrame(ACK)
  for (let at = 1; at < bytes.length - 1; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = bytes.with(at, (bytes[at] ?? 0) ^ flip)
      const found = bridgeFramer().push(Uint8Array.of(...damaged, ...encodeFrame(DONE)))
      const kinds = found.map(frame => frame.kind)
      expect(kinds.filter(kind => kind === 'message')).toHaveLength(1)
      expect(found.at(-1)).toEqual(framed(DONE))
    }
  }
})

test('oversize is given up until the next zero', () => {
  const framer = bridgeFramer()
  expect(framer.push(new Uint8Array(5000).fill(0x41))).toEqual([])
  expect(framer.bufferedBytes()).toBe(MAX_STUFFED_BYTES)
  const found = framer.push(encodeFrame(ACK))
  expect(found).toMatchObject([{ kind: 'discarded', reason: 'oversize' }, framed(ACK)])
})

test('a frame that never ends is given up in silence', () => {
  const framer = bridgeFramer()
  framer.push(encodeFrame(ACK).subarray(0, 6))
  expect(framer.flush()).toMatchObject([{ kind: 'discarded', reason: 'truncated' }])
  expect(framer.push(encodeFrame(ACK))).toEqual([framed(ACK)])
})

const u8 = fc.nat({ max: 0xff })
const u16 = fc.nat({ max: 0xffff })
const u32 = fc.nat({ max: 0xffffffff })
const firmware = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 16 })
const event = { boot: u32, number: u32, uptimeMs: u32, input: u8 }
const of = <Type extends string>(type: Type) => fc.constant(type)
const message: fc.Arbitrary<BridgeMessage> = fc.oneof(
  fc.record({
    ...{ type: of('welcome'), version: u8, session: u32, unit: u32, boot: u32, first: u32 },
    ...{ uptimeMs: u32, keepsCounters: u8, firmware },
  }),
  fc.record({
    ...{ type: of('heartbeat'), boot: u32, session: u32, uptimeMs: u32, next: u32 },
    ...{ lostChanges: u32, badFrames: u32, unknownTypes: u32, firmware },
  }),
  fc.record({ type: of('pulse'), ...event, bits: u8, raw: u32, lengthMs: u16 }),
  fc.record({ type: of('contact'), ...event, role: u8, active: u8 }),
  fc.record({
    ...{ type: of('gnss'), boot: u32, offset: u32 },
    data: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  }),
  fc.record({ type: of('done'), session: u32, number: u32, result: u8 }),
  fc.record({
    ...{ type: of('hello'), version: u8, session: u32, unit: u32, boot: u32, received: u32 },
  }),
  fc.record({ type: of('ack'), boot: u32, received: u32 }),
  fc.record({ type: of('output'), session: u32, number: u32, output: u8, on: u8, forMs: u16 }),
)

test('whatever is encoded is read back, in pieces of any length', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.nat({ max: 40 }), (messages, cut) => {
      const line = Uint8Array.from(messages.flatMap(each => Array.from(encodeFrame(each))))
      const framer = bridgeFramer()
      const found = [...framer.push(line.subarray(0, cut)), ...framer.push(line.subarray(cut))]
      expect(found).toEqual(messages.map(framed))
      for (const each of messages) expect(decodeMessage(encodeMessage(each))).toEqual(each)
    }),
  )
})

test('stuffing has no zero, one byte more in 254 at most, and comes off again', () => {
  const runs = fc.array(fc.oneof(fc.constant(0), u8, fc.constant(1)), { minLength: 1 })
  const long = fc.nat({ max: 600 }).map(length => Array.from({ length }, (_, at) => 1 + (at % 255)))
  fc.assert(
    fc.property(fc.tuple(runs, long), ([head, tail]) => {
      const bytes = Uint8Array.from([...head, ...tail])
      const stuffed = cobsEncode(bytes)
      expect(stuffed).not.toContain(0)
      expect(stuffed.length).toBeLessThanOrEqual(bytes.length + Math.floor(bytes.length / 254) + 1)
      expect(cobsDecode(stuffed)).toEqual(bytes)
    }),
  )
})
