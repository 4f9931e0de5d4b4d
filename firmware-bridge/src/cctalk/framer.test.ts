/** ccTalk on the wire: shared frames, the six framer tests, sums, echoes, round trips. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSample } from '../testing/samples.ts'
import { encodeMessage, HEADERS, isEcho, sumOf } from './frame.ts'
import { cctalkFramer } from './framer.ts'

// Simple poll of address 2, and its answer.
const POLL = Uint8Array.of(2, 0, 1, 254, 255)
const poll = { kind: 'message', destination: 2, source: 1, header: 254, data: new Uint8Array(0) }
const ACK = Uint8Array.of(1, 0, 2, 0, 253)
const ack = { kind: 'message', destination: 1, source: 2, header: 0, data: new Uint8Array(0) }
const discarded = (...bytes: number[]) => ({
  kind: 'discarded',
  reason: 'bad-check',
  bytes: Uint8Array.from(bytes),
})

const sample = readSample('wire/cctalk-frames.json')
describe.skipIf(sample === undefined)('shared frames', () => {
  type Frames = Record<'valid_simple_poll' | 'valid_ack', number[]> & { framing: number[][] }
  const frames: Frames = JSON.parse(
    sample ?? '{"framing":[],"valid_simple_poll":[],"valid_ack":[]}',
  )

  test('good ones are read, and written the same', () => {
    expect(cctalkFramer().push(Uint8Array.from(frames.valid_simple_poll))).toEqual([poll])
    expect(cctalkFramer().push(Uint8Array.from(frames.valid_ack))).toEqual([ack])
    const data = new Uint8Array(0)
    const again = encodeMessage({ destination: 2, source: 1, header: HEADERS.simplePoll, data })
    expect([...again]).toEqual(frames.valid_simple_poll)
  })

  test('those whose sum nobody checked elsewhere are refused here', () => {
    expect(frames.framing).toHaveLength(2)
    for (const bytes of frames.framing) {
      const framer = cctalkFramer()
      const found = [...framer.push(Uint8Array.from(bytes)), ...framer.flush()]
      expect(found.every(({ kind }) => kind === 'discarded')).toBe(true)
    }
  })
})

test('one message', () => {
  expect(cctalkFramer().push(POLL)).toEqual([poll])
})

test('two messages: the first one is our own echo', () => {
  const frames = cctalkFramer().push(Uint8Array.of(...POLL, ...ACK))
  expect(frames).toEqual([poll, ack])
  expect(frames.map(frame => frame.kind === 'message' && isEcho(frame))).toEqual([true, false])
})

test('split anywhere', () => {
  const bytes = encodeMessage({
    destination: 1,
    source: 2,
    header: 0,
    data: Uint8Array.of(7, 1, 2, 0, 14),
  })
  for (let at = 0; at <= bytes.length; at++) {
    const framer = cctalkFramer()
    const frames = [...framer.push(bytes.slice(0, at)), ...framer.push(bytes.slice(at))]
    expect(frames).toMatchObject([{ kind: 'message', data: Uint8Array.of(7, 1, 2, 0, 14) }])
  }
})

test('noise of strangers’ addresses', () => {
  const bytes = Uint8Array.of(0xff, 0x80, ...POLL)
  expect(cctalkFramer().push(bytes)).toEqual([discarded(0xff, 0x80), poll])
})

test('bad check', () => {
  const framer = cctalkFramer()
  const frames = [...framer.push(Uint8Array.of(2, 0, 1, 254, 254)), ...framer.push(ACK)]
  expect(frames.at(-1)).toEqual(ack)
  expect(frames.filter(({ kind }) => kind === 'message')).toHaveLength(1)
})

test('oversize cannot be: a false length holds back at most one message, until silence', () => {
  const framer = cctalkFramer()
  expect(framer.push(Uint8Array.of(1, 255, 2, ...ACK))).toEqual([])
  expect(framer.flush()).toEqual([discarded(1, 255, 2), ack])
  expect(framer.bufferedBytes()).toBe(0)
})

test('broadcasts are heard, messages to oneself are none', () => {
  const data = new Uint8Array(0)
  const all = encodeMessage({ destination: 0, source: 1, header: 253, data })
  expect(cctalkFramer().push(all)).toMatchObject([{ destination: 0 }])
  const self = encodeMessage({ destination: 1, source: 1, header: 253, data })
  const framer = cctalkFramer()
  expect([...framer.push(self), ...framer.flush()].some(it => it.kind === 'message')).toBe(false)
})

test('whatever is encoded is read back, and adds up to nothing', () => {
  const message = fc.record({
    destination: fc.constantFrom(1, 3),
    source: fc.constantFrom(2, 40),
    header: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 255 }),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), messages => {
      const encoded = messages.map(encodeMessage)
      expect(encoded.every(bytes => sumOf(bytes) === 0)).toBe(true)
      const wire = Uint8Array.from(encoded.flatMap(bytes => Array.from(bytes)))
      expect(cctalkFramer([1, 2, 3, 40]).push(wire)).toEqual(
        messages.map(it => ({ kind: 'message', ...it })),
      )
    }),
  )
})
