/** The end of a log: once known, nothing is signed and no sale begins, over restarts. */
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { headSigner, sealAt } from '../seal/seal.ts'
import { checkJournal } from './check.ts'
import type { AppendRequest, Journal, LogDeath } from './event-store.ts'
import {
  TEST_ORIGIN,
  type TestJournal,
  testJournal,
  testReceipt,
  toFirstFormat,
} from './testing.ts'

const DEATH: LogDeath = {
  reason: 'contradicts-journal',
  knownSize: 7,
  proof: 'the receipt',
  atMs: 1_800_000_000_000,
}
const SALE: AppendRequest = { events: [{ kind: 'sale.requested', sale: 'opens' }] }

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
})
afterEach(() => box.stop())

const signer = () => headSigner(TEST_ORIGIN, box.evidence.privateKey)

async function reopen(change?: string): Promise<Journal> {
  await box.journal.close()
  if (change) {
    const db = new DatabaseSync(box.path)
    db.exec(change)
    db.close()
  }
  box.journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
  return box.journal
}

async function expectDead(journal: Journal): Promise<void> {
  await expect(sealAt(journal, signer(), 1)).rejects.toMatchObject({
    code: 'journal.dead',
    next: expect.stringContaining('--replace'),
  })
  const head = { size: journal.size(), note: 'signed by somebody who did not ask' }
  await expect(journal.saveHead(head)).rejects.toMatchObject({ code: 'journal.dead' })
  expect(await journal.append(SALE)).toEqual({ ok: false, refused: 'log-dead' })
}

test('a log that was declared dead is dead, also after a restart', async () => {
  expect(box.journal.death()).toBeUndefined()
  await box.journal.declareDead(DEATH)
  await expectDead(box.journal)
  const again = await reopen()
  expect(again.death()).toEqual(DEATH)
  await expectDead(again)
  expect(checkJournal(box.path)).toMatchObject({ death: DEATH, faults: [] })
})

test('facts of sales already begun are still written down', async () => {
  await box.journal.append(SALE)
  await box.journal.declareDead(DEATH)
  const result = await box.journal.append({
    events: [{ kind: 'sale.result', sale: 1, fields: { result: 'success' } }],
  })
  expect(result).toMatchObject({ ok: true, size: 3 })
})

test('the first reason is kept', async () => {
  await box.journal.declareDead(DEATH)
  await box.journal.declareDead({ ...DEATH, reason: 'fork-shown', knownSize: null })
  expect((await reopen()).death()).toEqual(DEATH)
})

describe('at start', () => {
  test('a receipt over more than the journal holds ends the log', async () => {
    const { note } = testReceipt(9, 5)
    const journal = await reopen(`INSERT INTO receipts VALUES (9, '${note}')`)
    const death = { reason: 'ahead-of-journal', knownSize: 9, proof: note, atMs: 5 }
    expect(journal.death()).toEqual(death)
    await expectDead(journal)
    expect((await reopen('DELETE FROM receipts')).death()).toEqual(death)
  })

  test('a file of the first format is brought up to date, and judged only then', async () => {
    await box.journal.close()
    toFirstFormat(box.path)
    expect(() => checkJournal(box.path)).toThrow(
      expect.objectContaining({ code: 'journal.other-format' }),
    )
    box.journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
    expect(box.journal.death()).toBeUndefined()
    await box.journal.declareDead(DEATH)
    expect(checkJournal(box.path)).toMatchObject({ size: 1, death: DEATH })
  })
})
