/** Old events leave the disk only when the cloud has had them long enough; proofs stay whole. */
import { statSync } from 'node:fs'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { verifyConsistency, verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { headSigner } from '../seal/seal.ts'
import { cutBatch } from '../uplink/batch.ts'
import { checkJournal } from './check.ts'
import type { EventDraft, Journal } from './event-store.ts'
import { keptParts } from './retention.ts'
import {
  TEST_ORIGIN,
  type TestJournal,
  testJournal,
  testReceipt,
  toFirstFormat,
} from './testing.ts'

const DAY = 86_400_000
const KEEP = 90 * DAY
const THEN = 1_800_000_000_000
const fact: EventDraft = { kind: 'custom', fields: { detail: { text: 'x'.repeat(400) } } }

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
})
afterEach(() => box.stop())

async function record(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => fact)
  await box.journal.append({ events })
}

async function reopen(between: (path: string) => void = () => undefined): Promise<Journal> {
  await box.journal.close()
  between(box.path)
  box.journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
  return box.journal
}

/** The length of a list says how many events have their parts. */
async function keptIndexes(): Promise<number[]> {
  const entries = await box.journal.readEntries(0, 100_000)
  return entries.filter(({ parts }) => parts !== null).map(({ index }) => index)
}

test('nothing goes before its receipt, nor before the cloud’s clock has gone on', async () => {
  await record(10)
  expect(await box.journal.release(0, 100)).toBe(0)
  await box.journal.saveReceipt(testReceipt(6, THEN))
  expect(await box.journal.release(KEEP, 100)).toBe(0)
  await box.journal.saveReceipt(testReceipt(8, THEN + KEEP - 1))
  expect(await box.journal.release(KEEP, 100)).toBe(0)
  await box.journal.saveReceipt(testReceipt(11, THEN + KEEP))
  expect(await box.journal.release(KEEP, 100)).toBe(5)
  expect(await keptIndexes()).toEqual([0, 6, 7, 8, 9, 10])
  expect(box.journal.releasedTo()).toBe(6)
  expect((await reopen()).releasedTo()).toBe(6)
  expect(await box.journal.release(KEEP, 100)).toBe(0)
})

test('what is gone is said to be gone, and its proofs are the same as before', async () => {
  await record(40)
  const before = await box.journal.readEntries(0, 100)
  const proof = await box.journal.inclusionProof(7, 41)
  await box.journal.saveReceipt(testReceipt(20, THEN))
  await box.journal.saveReceipt(testReceipt(41, THEN + KEEP))
  expect(await box.journal.release(KEEP, 12)).toBe(12)
  expect(await box.journal.release(KEEP, 12)).toBe(7)
  const after = await box.journal.readEntries(0, 100)
  expect(after.map(({ index, entry }) => ({ index, entry }))).toEqual(
    before.map(({ index, entry }) => ({ index, entry })),
  )
  expect(after[7]?.parts).toBeNull()
  expect(() => after[7] && keptParts(after[7])).toThrow('Event 7 is no longer on this machine')
  expect(await box.journal.inclusionProof(7, 41)).toEqual(proof)
  const { root } = await box.journal.headAt(41)
  const leaf = leafHash(after[7]?.entry ?? new Uint8Array())
  expect(verifyInclusion({ leafHash: leaf, index: 7, size: 41, proof, root })).toBe(true)
  const old = await box.journal.headAt(13)
  const grown = await box.journal.consistencyProof(13, 41)
  const consistency = { size1: 13, root1: old.root, size2: 41, root2: root, proof: grown }
  expect(verifyConsistency(consistency)).toBe(true)
  expect(checkJournal(box.path)).toMatchObject({ size: 41, released: 19, faults: [] })
  expect(await box.journal.append({ events: [fact] })).toMatchObject({ ok: true, size: 42 })
})

test('a cloud that asks for what is gone gets a coded reason, not half a batch', async () => {
  await record(10)
  await box.journal.saveReceipt(testReceipt(6, THEN))
  await box.journal.saveReceipt(testReceipt(11, THEN + KEEP))
  await box.journal.release(KEEP, 100)
  const signer = headSigner(TEST_ORIGIN, box.evidence.privateKey)
  await expect(cutBatch(box.journal, signer, { from: 3, upTo: 11 })).rejects.toMatchObject({
    code: 'journal.parts-gone',
  })
  expect(await cutBatch(box.journal, signer, { from: 6, upTo: 11 })).toMatchObject({ end: 11 })
})

test.each([
  ['a new file', () => undefined],
  ['a file of the first format', toFirstFormat],
])('the space goes back to the file system: %s', async (_name, make) => {
  for (let n = 0; n < 10; n += 1) await record(500)
  await reopen(make)
  expect(await keptIndexes()).toHaveLength(5001)
  await reopen()
  const full = statSync(box.path).size
  await box.journal.saveReceipt(testReceipt(4900, THEN))
  await box.journal.saveReceipt(testReceipt(5001, THEN + KEEP))
  let total = 0
  for (let count = 512; count === 512; total += count) {
    count = await box.journal.release(KEEP, 512)
  }
  expect(total).toBe(4899)
  await reopen()
  // 400 of about 600 bytes an event were parts.
  expect(statSync(box.path).size).toBeLessThan(full * 0.45)
  expect(checkJournal(box.path)).toMatchObject({ released: 4899, faults: [] })
})

test('parts that are missing before their time are damage', async () => {
  await record(10)
  await box.journal.saveReceipt(testReceipt(6, THEN))
  await box.journal.saveReceipt(testReceipt(11, THEN + KEEP))
  await box.journal.release(KEEP, 100)
  await box.journal.close()
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(box.path)
  db.exec('UPDATE entries SET open = NULL, open_salt = NULL WHERE idx = 8')
  db.close()
  const opening = box.host.open({ path: box.path, origin: TEST_ORIGIN })
  await expect(opening).rejects.toThrow('event 8 has lost its parts')
  expect(checkJournal(box.path).faults).toEqual(['event 8 has lost its parts'])
})
