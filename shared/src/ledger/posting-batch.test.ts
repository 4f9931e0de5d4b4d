/**
 * What is read from a journal and a header goes back to the same bytes; the bytes come from the
 * bundle that an independent implementation of docs/wire wrote.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fromBase64 } from '../bytes/base64.ts'
import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import {
  batchHash,
  batchHeaderBytes,
  decodeBatchHeader,
  decodeJournal,
  journalBytes,
} from './posting-batch.ts'

const vector = JSON.parse(
  readFileSync(new URL('../../vectors/bundle.json', import.meta.url), 'utf8'),
)
const { clearing } = (vector.bundle ?? vector).sale
const bytesOf = (text: string) => fromBase64(text) ?? expect.fail('no base64')
const journalVector = bytesOf(clearing.journal)
const headerVector = bytesOf(clearing.batchHeader)

test('a journal is read and written to the byte', () => {
  const journal = decodeJournal(journalVector) ?? expect.fail('not read')
  expect(journal).toMatchObject({
    operatorId: '11111111-1111-4111-8111-111111111111',
    seq: 7n,
    businessId: 'sale:d0123456789ab.1.1',
    deviceId: 'd0123456789ab',
    agreement: { id: '33333333-3333-4333-8333-333333333333', version: 1 },
  })
  expect(toHex(journalBytes(journal))).toBe(toHex(journalVector))
})

test('every phase and a book-keeping journal without machine or agreement come back', () => {
  const journal = decodeJournal(journalVector) ?? expect.fail('not read')
  const legs = journal.legs.map(leg => ({ ...leg, phase: 'released' as const }))
  const plain = { ...journal, deviceId: null, agreement: null, seq: 2n ** 40n, legs }
  expect(decodeJournal(journalBytes(plain))).toEqual(plain)
})

test('a header is read and written to the byte', () => {
  const header = decodeBatchHeader(headerVector) ?? expect.fail('not read')
  expect(header).toMatchObject({ seq: 3n, firstJournal: 7n, journals: 2 })
  expect(toHex(batchHeaderBytes(header))).toBe(toHex(headerVector))
  expect(batchHash(header)).toHaveLength(32)
})

test('whatever byte is changed, the old value is not read', () => {
  const header = decodeBatchHeader(headerVector) ?? expect.fail('not read')
  const journal = decodeJournal(journalVector) ?? expect.fail('not read')
  for (let i = 0; i < headerVector.length; i++) {
    const changed = decodeBatchHeader(flipped(headerVector, i))
    if (changed) expect(equal(batchHash(changed), batchHash(header))).toBe(false)
  }
  for (let i = 0; i < journalVector.length; i++) {
    expect(decodeJournal(flipped(journalVector, i))).not.toEqual(journal)
  }
  expect(decodeJournal(concat(journalVector, utf8('x')))).toBeUndefined()
  expect(decodeBatchHeader(headerVector.subarray(1))).toBeUndefined()
})

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
}
