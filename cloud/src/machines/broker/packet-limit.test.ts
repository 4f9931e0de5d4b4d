/** Fixed headers in pieces of any size, at and beyond the limit. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packetMeter } from './packet-limit.ts'

/** PUBLISH with `length` bytes after the fixed header; lengths as in MQTT 3.1.1 §2.2.3. */
function packet(...lengthBytes: number[]): Uint8Array {
  const length = lengthBytes.reduce((sum, byte, at) => sum + (byte & 0x7f) * 128 ** at, 0)
  return Uint8Array.from([0x30, ...lengthBytes, ...new Uint8Array(length)])
}

test.each([
  ['0', [0x00], true],
  ['127', [0x7f], true],
  ['128', [0x80, 0x01], true],
  ['1000, the limit', [0xe8, 0x07], true],
  ['1001', [0xe9, 0x07], false],
  ['16384', [0x80, 0x80, 0x01], false],
])('a length of %s', (_what, lengthBytes, allowed) => {
  expect(packetMeter(1000)(packet(...lengthBytes))).toBe(allowed)
})

test('a length of five bytes, or the largest there is, is refused by its header alone', () => {
  expect(packetMeter(1000)(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x00))).toBe(false)
  expect(packetMeter(1000)(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toBe(false)
})

test('packets one after another, cut anywhere, are all measured', () => {
  const small = packet(0x05)
  const pings = Uint8Array.of(0xc0, 0x00, 0xc0, 0x00)
  const stream = Uint8Array.from([...pings, ...small, ...packet(0xe8, 0x07), ...pings])
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), cuts => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
      const take = packetMeter(1000)
      return at.every((from, n) => take(stream.subarray(from, at[n + 1] ?? from)))
    }),
  )
  const take = packetMeter(1000)
  expect(take(stream)).toBe(true)
  expect(take(Uint8Array.of(0x30, 0xe9, 0x07))).toBe(false)
})
