/** The six framer tests for RTU requests, against published frames. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc16Modbus } from '../crc.ts'
import { hexBytes, readSample } from '../testing/samples.ts'
import { encodeRtu, rtuRequestFramer } from './rtu.ts'

const READ = hexBytes('01 03 00 00 00 0A C5 CD')
const read = { kind: 'request', unit: 1, pdu: hexBytes('03 00 00 00 0A') }
const READ_17 = hexBytes('11 03 00 6B 00 03 76 87')
const read17 = { kind: 'request', unit: 17, pdu: hexBytes('03 00 6B 00 03') }

test('one request', () => {
  expect(rtuRequestFramer().push(READ)).toEqual([read])
})

test('two requests', () => {
  expect(rtuRequestFramer().push(Uint8Array.of(...READ, ...READ_17))).toEqual([read, read17])
})

test('split anywhere', () => {
  for (let at = 0; at <= READ.length; at++) {
    const framer = rtuRequestFramer()
    expect([...framer.push(READ.slice(0, at)), ...framer.push(READ.slice(at))]).toEqual([read])
  }
})

test('a write of several registers carries its own length', () => {
  const pdu = hexBytes('10 00 01 00 02 04 00 0A 01 02')
  expect(rtuRequestFramer().push(encodeRtu(17, pdu))).toEqual([{ kind: 'request', unit: 17, pdu }])
})

test('leading noise', () => {
  expect(rtuRequestFramer().push(Uint8Array.of(0x00, 0xff, ...READ))).toEqual([
    { kind: 'discarded', reason: 'bad-check', bytes: Uint8Array.of(0x00, 0xff) },
    read,
  ])
})

test('bad check', () => {
  const framer = rtuRequestFramer()
  const frames = [...framer.push(Uint8Array.of(...READ.slice(0, -1), 0xce)), ...framer.flush()]
  expect(frames.every(frame => frame.kind === 'discarded')).toBe(true)
  expect(framer.push(READ_17)).toEqual([read17])
})

test('oversize: a babbling line is cut to what may still matter', () => {
  const framer = rtuRequestFramer()
  const [first] = framer.push(new Uint8Array(5000).fill(0x01))
  expect(first).toMatchObject({ kind: 'discarded', reason: 'oversize' })
  framer.flush()
  expect(framer.push(READ)).toEqual([read])
})

test('never keeps more than four frames', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), chunks => {
      const framer = rtuRequestFramer()
      for (const chunk of chunks) {
        framer.push(chunk)
        expect(framer.bufferedBytes()).toBeLessThanOrEqual(1024)
      }
    }),
  )
})

test('whatever is asked is heard', () => {
  const body = fc.uint8Array({ minLength: 4, maxLength: 4 })
  const short = fc.tuple(fc.integer({ min: 1, max: 6 }), body).map(([fn, rest]) => [fn, ...rest])
  const long = fc
    .tuple(fc.constantFrom(15, 16), body, fc.uint8Array({ maxLength: 247 }))
    .map(([fn, head, data]) => [fn, ...head, data.length, ...data])
  const unit = fc.integer({ min: 1, max: 247 })
  fc.assert(
    fc.property(fc.array(fc.tuple(unit, fc.oneof(short, long)), { maxLength: 3 }), all => {
      const framer = rtuRequestFramer()
      const heard = all.flatMap(([to, pdu]) => framer.push(encodeRtu(to, Uint8Array.from(pdu))))
      expect(heard).toEqual(
        all.map(([to, pdu]) => ({ kind: 'request', unit: to, pdu: Uint8Array.from(pdu) })),
      )
    }),
  )
})

const vectors = readSample('wire/modbus-vectors.json')
test.skipIf(vectors === undefined)('published checksums', () => {
  const { rtu }: { rtu: { pdu: string; frame: string }[] } = JSON.parse(vectors ?? '{}')
  expect(rtu.length).toBe(8)
  for (const { pdu, frame } of rtu) {
    const [low, high] = hexBytes(frame).slice(-2)
    expect(crc16Modbus(hexBytes(pdu))).toBe((low ?? 0) | ((high ?? 0) << 8))
  }
})
