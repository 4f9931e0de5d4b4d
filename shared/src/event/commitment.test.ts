/** Entries against vectors, and that each part moves its own half only. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/commitment.json' with { type: 'json' }
import { toHex } from '../bytes/hex.ts'
import { hex } from '../testing/bytes.ts'
import { anyParts } from '../testing/events.ts'
import { commit, ENTRY_BYTES, NO_SEALED_HASH } from './commitment.ts'
import type { EventParts } from './event.ts'

test.each(vectors.cases)('golden entry $entry', ({ open, openSalt, sealed, sealedSalt, entry }) => {
  const parts = {
    open: hex(open),
    openSalt: hex(openSalt),
    sealed: sealed === null ? null : hex(sealed),
    sealedSalt: sealedSalt === null ? null : hex(sealedSalt),
  }
  expect(toHex(commit(parts))).toBe(entry)
})

test('an entry is 64 bytes, its second half zero exactly without a sealed part', () => {
  fc.assert(
    fc.property(anyParts, parts => {
      const entry = commit(parts)
      expect(entry).toHaveLength(ENTRY_BYTES)
      expect(toHex(entry.subarray(32)) === toHex(NO_SEALED_HASH)).toBe(parts.sealed === null)
    }),
  )
})

test.each(vectors.cases.filter(({ sealed }) => sealed !== null))(
  'an erased sealed part leaves golden entry $entry as it was',
  ({ open, openSalt, entry }) => {
    const parts = { open: hex(open), openSalt: hex(openSalt), sealed: null, sealedSalt: null }
    expect(toHex(commit({ ...parts, sealedHash: hex(entry).slice(32) }))).toBe(entry)
  },
)

test('the same bytes in the other part, or under another salt, are another entry', () => {
  const salt = new Uint8Array(16)
  const bytes = Uint8Array.of(1, 2, 3)
  const both = commit({ open: bytes, openSalt: salt, sealed: bytes, sealedSalt: salt })
  expect(toHex(both.subarray(0, 32))).not.toBe(toHex(both.subarray(32)))
  const other = commit({ open: bytes, openSalt: salt.map(() => 1), sealed: null, sealedSalt: null })
  expect(toHex(other.subarray(0, 32))).not.toBe(toHex(both.subarray(0, 32)))
})

describe('refused', () => {
  const good: EventParts = {
    open: Uint8Array.of(1),
    openSalt: new Uint8Array(16),
    sealed: null,
    sealedSalt: null,
  }
  test.each<[string, Partial<EventParts>]>([
    ['a short salt', { openSalt: new Uint8Array(15) }],
    ['a sealed part without salt', { sealed: Uint8Array.of(1) }],
    ['a salt without sealed part', { sealedSalt: new Uint8Array(16) }],
    ['a short hash for an erased part', { sealedHash: new Uint8Array(31).fill(1) }],
    ['a zero hash for an erased part', { sealedHash: new Uint8Array(32) }],
    [
      'a sealed part that is said to be erased',
      {
        sealed: Uint8Array.of(1),
        sealedSalt: new Uint8Array(16),
        sealedHash: new Uint8Array(32).fill(1),
      },
    ],
  ])('%s', (_, change) => {
    expect(() => commit({ ...good, ...change })).toThrowError(
      expect.objectContaining({ code: 'event.parts-invalid' }),
    )
  })
})
