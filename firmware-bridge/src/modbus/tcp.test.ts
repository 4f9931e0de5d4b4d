/** The framer tests for Modbus TCP. It has no check of its own: TCP does that. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexBytes, readSample } from '../testing/samples.ts'
import { encodeAdu, MAX_ADU_BYTES, modbusTcpFramer } from './tcp.ts'

const READ = hexBytes('00 01 00 00 00 06 01 03 00 00 00 0A')
const read = { kind: 'adu', transaction: 1, unit: 1, pdu: hexBytes('03 00 00 00 0A') }

test('one', () => {
  expect(modbusTcpFramer().push(READ)).toEqual([read])
})

test('two', () => {
  expect(modbusTcpFramer().push(Uint8Array.of(...READ, ...READ))).toEqual([read, read])
})

test('split anywhere', () => {
  for (let at = 0; at <= READ.length; at++) {
    const framer = modbusTcpFramer()
    expect([...framer.push(READ.slice(0, at)), ...framer.push(READ.slice(at))]).toEqual([read])
  }
})

test('noise before a header', () => {
  expect(modbusTcpFramer().push(Uint8Array.of(0x47, 0x45, 0x54, ...READ))).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: hexBytes('47 45 54') },
    read,
  ])
})

test('a length that none can have', () => {
  const [first, second] = modbusTcpFramer().push(Uint8Array.of(0, 9, 0, 0, 0, 1, 7, ...READ))
  expect(first).toMatchObject({ kind: 'discarded', reason: 'noise' })
  expect(second).toEqual(read)
})

test('oversize: a length above the longest is no header', () => {
  const framer = modbusTcpFramer()
  const found = framer.push(Uint8Array.of(0, 1, 0, 0, 0, 255, ...new Uint8Array(600).fill(0x55)))
  expect(found[0]).toMatchObject({ kind: 'discarded', reason: 'noise' })
  expect(framer.bufferedBytes()).toBeLessThan(MAX_ADU_BYTES)
})

test('cut off', () => {
  const framer = modbusTcpFramer()
  framer.push(READ.slice(0, 9))
  expect(framer.flush()).toMatchObject([{ kind: 'discarded', reason: 'truncated' }])
})

test('whatever is encoded is read back', () => {
  const adu = fc.record({
    transaction: fc.integer({ min: 0, max: 0xffff }),
    unit: fc.integer({ min: 0, max: 255 }),
    pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }),
  })
  fc.assert(
    fc.property(fc.array(adu, { maxLength: 4 }), all => {
      const wire = Uint8Array.from(all.flatMap(it => Array.from(encodeAdu(it))))
      expect(modbusTcpFramer().push(wire)).toEqual(all.map(it => ({ kind: 'adu', ...it })))
    }),
  )
})

const vectors = readSample('wire/modbus-vectors.json')
test.skipIf(vectors === undefined)('published frames', () => {
  const { tcp }: { tcp: { frame: string }[] } = JSON.parse(vectors ?? '{}')
  expect(tcp.length).toBeGreaterThan(0)
  for (const { frame } of tcp) {
    const [adu, ...more] = modbusTcpFramer().push(hexBytes(frame))
    expect(more).toEqual([])
    expect(adu?.kind === 'adu' && encodeAdu(adu)).toEqual(hexBytes(frame))
  }
})
