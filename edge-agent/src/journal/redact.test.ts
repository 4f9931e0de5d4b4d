/** Erasing personal data: the bytes are gone, the event that says so is there, all proofs hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { headSigner } from '../seal/seal.ts'
import { cutBatch } from '../uplink/batch.ts'
import { checkJournal } from './check.ts'
import type { CommittedEvent, StoredEntry } from './event-store.ts'
import { keptParts } from './retention.ts'
import { TEST_ORIGIN, type TestJournal, testJournal, testReceipt } from './testing.ts'

const PLATE = 'B-XY-4711-erase-me'
const REASON = 'asked for by the customer'

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
  await box.journal.append({
    events: [
      { kind: 'session.started', sealed: { plate: PLATE } },
      { kind: 'test' },
      { kind: 'session.ended', sealed: { payer: 'p-1' } },
    ],
  })
})
afterEach(() => box.stop())

const entries = () => box.journal.readEntries(0, 100)
const at = async (index: number): Promise<StoredEntry> => {
  const [entry] = await box.journal.readEntries(index, 1)
  if (!entry) throw new Error(`the test wrote event ${index}`)
  return entry
}

/** Whether the text lies anywhere in the journal's files, its write-ahead log among them. */
function isOnDisk(text: string): boolean {
  const folder = dirname(box.path)
  return readdirSync(folder).some(name => readFileSync(join(folder, name)).includes(text))
}

test('part and salt are gone from the medium, entry and root are as before', async () => {
  expect(isOnDisk(PLATE)).toBe(true)
  const before = await at(1)
  const { root } = await box.journal.headAt(4)
  expect(await box.journal.redact(1, REASON)).toEqual({ ok: true, index: 4, size: 5 })
  const after = await at(1)
  expect(isOnDisk(PLATE)).toBe(false)
  const { open, openSalt } = keptParts(before)
  expect(keptParts(after)).toEqual({
    open,
    openSalt,
    sealed: null,
    sealedSalt: null,
    sealedHash: before.entry.slice(32),
  })
  expect(equal(after.entry, before.entry)).toBe(true)
  expect(equal(commit(keptParts(after)), before.entry)).toBe(true)
  expect(equal((await box.journal.headAt(4)).root, root)).toBe(true)
  expect(keptParts(await at(3)).sealed).not.toBeNull()
  expect(checkJournal(box.path).faults).toEqual([])
})

test('the event that tells it is committed with it and seen by subscribers', async () => {
  const seen: CommittedEvent[] = []
  box.journal.subscribe(events => seen.push(...events))
  await box.journal.redact(1, REASON)
  expect(decodeOpen(keptParts(await at(4)).open)).toMatchObject({
    kind: 'redaction',
    index: 4,
    detail: { index: 1, reason: REASON },
  })
  expect(seen.map(({ index, open }) => [index, open.kind])).toEqual([[4, 'redaction']])
  expect(box.journal.size()).toBe(5)
})

test('the erased event travels by its hash', async () => {
  await box.journal.redact(1, REASON)
  const signer = headSigner(TEST_ORIGIN, box.evidence.privateKey)
  const { payload } = await cutBatch(box.journal, signer, { from: 0, upTo: 5 })
  const decoded = decodeBatch(payload, decompress)
  const sent = decoded.ok ? decoded.batch.entries : []
  const stored = await entries()
  expect(sent.map(parts => [...commit(parts)])).toEqual(stored.map(({ entry }) => [...entry]))
  expect(sent[1]?.sealedHash).toEqual(stored[1]?.entry.slice(32))
})

describe('refused', () => {
  test.each([
    ['an event that never had a sealed part', 2, 'nothing-sealed'],
    ['an event that is not there', 99, 'no-such-event'],
    ['no index', 1.5, 'no-such-event'],
  ])('%s', async (_name, index, refused) => {
    expect(await box.journal.redact(index, REASON)).toEqual({ ok: false, refused })
    expect(box.journal.size()).toBe(4)
  })

  test('the second of two, also at once', async () => {
    const results = await Promise.all([box.journal.redact(1, 'a'), box.journal.redact(1, 'b')])
    expect(results.map(({ ok }) => ok)).toEqual([true, false])
    expect(await box.journal.redact(1, 'c')).toEqual({ ok: false, refused: 'nothing-sealed' })
    expect(box.journal.size()).toBe(5)
  })

  test('no reason, and nothing is erased', async () => {
    const reason = 'x'.repeat(2000)
    await expect(box.journal.redact(1, reason)).rejects.toMatchObject({ code: 'event.invalid' })
    expect(keptParts(await at(1)).sealed).not.toBeNull()
  })
})

test('released events keep their erasure, and a restart finds everything in order', async () => {
  await box.journal.redact(1, REASON)
  await box.journal.saveReceipt(testReceipt(3, 0))
  await box.journal.saveReceipt(testReceipt(5, 3_600_000))
  expect(await box.journal.release(3_600_000, 10)).toBe(2)
  await box.journal.close()
  box.journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
  expect((await entries()).map(({ parts }) => parts === null)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
})

test('a sealed part that is missing without its event is damage', async () => {
  await box.journal.close()
  const db = new DatabaseSync(box.path)
  db.exec('UPDATE entries SET sealed = NULL, sealed_salt = NULL WHERE idx = 3')
  db.close()
  const opening = box.host.open({ path: box.path, origin: TEST_ORIGIN })
  await expect(opening).rejects.toThrow('event 3 has lost its sealed part')
})
