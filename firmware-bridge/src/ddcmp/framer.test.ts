/** DDCMP on the wire: published messages, the six framer tests, round trips. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hexBytes, readSample } from '../testing/samples.ts'
import {
  decodeMessage,
  encodeFinis,
  encodeRead,
  encodeWhoAreYou,
  NO_CREDENTIALS,
} from './command.ts'
import { encodeControl, encodeData } from './frame.ts'
import { ddcmpFramer, MAX_PAYLOAD_BYTES } from './framer.ts'

const ACK = hexBytes('05 01 40 01 00 01 B8 55')
const ack = { kind: 'control', type: 'ack', reason: 0, rr: 1, num: 0 }
// Header and payload as published; the payload reads list 2.
const READ = hexBytes('81 09 40 01 02 01 46 B0 77 E2 00 02 01 00 00 00 00 F0 41')
const read = {
  kind: 'data',
  rr: 1,
  num: 2,
  last: false,
  payload: hexBytes('77 E2 00 02 01 00 00 00 00'),
}

const sample = readSample('wire/ddcmp-vectors.json')
describe.skipIf(sample === undefined)('published messages', () => {
  const { frames }: { frames: { name: string; hex: string }[] } = JSON.parse(
    sample ?? '{"frames":[]}',
  )
  const hex = (start: string) => frames.find(({ name }) => name.startsWith(start))?.hex ?? ''
  const hexOf = (bytes: Uint8Array) =>
    Array.from(bytes, byte => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ')

  test('controls', () => {
    const start = encodeControl({ type: 'start', reason: 0, rr: 0, num: 0 })
    expect(hexOf(start)).toBe(hex('START'))
    expect(hexOf(encodeControl({ type: 'ack', reason: 0, rr: 1, num: 0 }))).toBe(hex('ACK'))
  })

  test('a header, and the three payloads behind such headers', () => {
    const sent = (payload: Uint8Array) => encodeData({ rr: 1, num: 2, last: false, payload })
    const [header, list1] = split(sent(encodeRead('collection')))
    expect([header, list1]).toEqual([hex('DATA HEADER'), hex('READ list 1')])
    expect(split(sent(encodeRead('security')))[1]).toBe(hex('READ list 2'))
    expect(split(sent(encodeFinis()))[1]).toBe(hex('FINIS'))
  })

  function split(bytes: Uint8Array): [string, string] {
    return [hexOf(bytes.subarray(0, 8)), hexOf(bytes.subarray(8))]
  }
})

test('who are you: dates in decimal, words low byte first', () => {
  const at = { year: 2026, month: 11, day: 21, hour: 9, minute: 5, second: 59 }
  const payload = encodeWhoAreYou({ ...NO_CREDENTIALS, securityCode: 0x1234, userId: 7 }, at)
  expect(payload).toEqual(hexBytes('77 E0 00 34 12 00 00 21 11 26 09 05 59 07 00 0C'))
  expect(decodeMessage(payload)).toEqual({ kind: 'who-are-you' })
})

test('one message', () => {
  expect(ddcmpFramer().push(READ)).toEqual([read])
})

test('two messages', () => {
  expect(ddcmpFramer().push(Uint8Array.of(...ACK, ...READ, ...ACK))).toEqual([ack, read, ack])
})

test('split anywhere', () => {
  for (let at = 0; at <= READ.length; at++) {
    const framer = ddcmpFramer()
    expect([...framer.push(READ.slice(0, at)), ...framer.push(READ.slice(at))]).toEqual([read])
  }
})

test('noise, also such as could begin a message', () => {
  const bytes = Uint8Array.of(0x00, 0x05, 0x81, ...ACK, 0xff)
  expect(ddcmpFramer().push(bytes)).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: hexBytes('00 05 81') },
    ack,
    { kind: 'discarded', reason: 'noise', bytes: hexBytes('FF') },
  ])
})

test('bad check of a payload gives up its header, and the next message is whole', () => {
  const bad = Uint8Array.of(...READ.slice(0, -1), 0x40)
  const frames = ddcmpFramer().push(Uint8Array.of(...bad, ...ACK))
  expect(frames[0]).toMatchObject({ kind: 'discarded', reason: 'bad-check' })
  expect(frames.at(-1)).toEqual(ack)
})

test('a message torn in its payload does not take the next one with it', () => {
  const frames = ddcmpFramer().push(Uint8Array.of(...READ.slice(0, 12), ...READ, ...ACK))
  expect(frames.filter(({ kind }) => kind !== 'discarded')).toEqual([read, ack])
})

test('oversize', () => {
  const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1)
  const frames = ddcmpFramer().push(
    Uint8Array.of(...encodeData({ rr: 0, num: 1, last: false, payload }), ...ACK),
  )
  expect(frames[0]).toMatchObject({ kind: 'discarded', reason: 'oversize' })
  expect(frames.at(-1)).toEqual(ack)
})

test('silence', () => {
  const framer = ddcmpFramer()
  expect(framer.push(READ.slice(0, 10))).toEqual([])
  expect(framer.flush()[0]).toMatchObject({ reason: 'truncated' })
  expect(framer.bufferedBytes()).toBe(0)
  framer.push(READ.slice(0, 5))
  expect(framer.flush()).toEqual([{ kind: 'discarded', reason: 'noise', bytes: READ.slice(0, 5) }])
})

test('whatever is encoded is read back', () => {
  const byte = fc.integer({ min: 0, max: 255 })
  const control = fc.record({
    type: fc.constantFrom('ack' as const, 'rep' as const, 'start' as const, 'stack' as const),
    reason: fc.constant(0),
    rr: byte,
    num: byte,
  })
  const nak = fc.record({
    type: fc.constant('nak' as const),
    reason: fc.integer({ min: 0, max: 63 }),
    rr: byte,
    num: byte,
  })
  const data = fc.record({
    rr: byte,
    num: byte,
    last: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 600 }),
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(control, nak, data), { maxLength: 6 }), messages => {
      const bytes = messages.flatMap(message =>
        Array.from('payload' in message ? encodeData(message) : encodeControl(message)),
      )
      expect(ddcmpFramer().push(Uint8Array.from(bytes))).toEqual(
        messages.map(message => ({ kind: 'payload' in message ? 'data' : 'control', ...message })),
      )
    }),
  )
})
