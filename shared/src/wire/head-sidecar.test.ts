/** Sidecars: the layout byte for byte, and only whole ones are read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../bytes/hex.ts'
import { bytes } from '../testing/bytes.ts'
import { decodeHeadSidecar, encodeHeadSidecar } from './head-sidecar.ts'

const hash = (byte: number) => new Uint8Array(32).fill(byte)
const sidecar = {
  previousSize: 258,
  previousRoot: hash(1),
  evidenceKey: hash(2),
  proof: [hash(3), hash(4)],
}

test('size, root, key, hashes', () => {
  const text = `0000000000000102${'01'.repeat(32)}${'02'.repeat(32)}${'03'.repeat(32)}`
  expect(toHex(encodeHeadSidecar(sidecar))).toBe(`${text}${'04'.repeat(32)}`)
  expect(decodeHeadSidecar(encodeHeadSidecar(sidecar))).toEqual(sidecar)
})

test('what was read is what was written, or nothing', () => {
  fc.assert(
    fc.property(bytes({ maxLength: 300 }), data => {
      const decoded = decodeHeadSidecar(data)
      if (decoded !== undefined) expect(encodeHeadSidecar(decoded)).toEqual(data)
    }),
  )
})

test.each([
  ['nothing', 0],
  ['half a key', 71],
  ['half a hash', 72 + 31],
  ['more hashes than any tree needs', 72 + 32 * 109],
])('%s is refused', (_what, length) => {
  expect(decodeHeadSidecar(new Uint8Array(length))).toBeUndefined()
})

test('a size beyond 2^53 is refused', () => {
  expect(decodeHeadSidecar(new Uint8Array(72).fill(0xff))).toBeUndefined()
})
