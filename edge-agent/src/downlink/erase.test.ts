/** The cloud's order to erase: obeyed once, for this very part, and nobody else's order at all. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { ed25519Signer, ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { type EraseOrder, formatEraseOrder } from '@tillproof/shared/wire/erase-order.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkJournal } from '../journal/check.ts'
import { keptParts } from '../journal/retention.ts'
import { TEST_ORIGIN, type TestJournal, testJournal, testReceipt } from '../journal/testing.ts'
import { obeyErase } from './erase.ts'

const NAME = 'test.tillproof.local/receipts'
const cloud = ed25519.generate()
const signer = ed25519Signer(NAME, cloud.privateKey)
const verifier = ed25519Verifier(NAME, cloud.publicKey)
const PLATE = 'B-XY-4711-erase-me'
const REASON = 'asked for by the customer'

let box: TestJournal
let order: EraseOrder
beforeEach(async () => {
  box = await testJournal()
  await box.journal.append({ events: [{ kind: 'session.started', sealed: { plate: PLATE } }] })
  await box.journal.append({ events: [{ kind: 'session.ended', sealed: { payer: 'p-1' } }] })
  const [stored] = await box.journal.readEntries(1, 1)
  const sealedHash = stored?.entry.slice(32) ?? expect.unreachable()
  order = { origin: TEST_ORIGIN, index: 1, sealedHash, reason: REASON }
})
afterEach(() => box.stop())

const obey = (given: Partial<EraseOrder> = {}, by = signer) =>
  obeyErase(signNote(formatEraseOrder({ ...order, ...given }), [by]), box.journal, verifier)

test('part and salt leave the medium, and the event says why', async () => {
  const [before] = await box.journal.readEntries(1, 1)
  const salt = keptParts(before ?? expect.unreachable()).sealedSalt ?? expect.unreachable()
  expect([isOnDisk(PLATE), isOnDisk(salt)]).toEqual([true, true])
  expect(await obey()).toBe('erased')
  expect([isOnDisk(PLATE), isOnDisk(salt)]).toEqual([false, false])
  expect(await newestOpen()).toMatchObject({
    kind: 'redaction',
    detail: { index: 1, reason: REASON },
  })
  expect(checkJournal(box.path).faults).toEqual([])
})

test('the same order again, and one for what was erased here, changes nothing', async () => {
  expect(await obey()).toBe('erased')
  expect(await obey()).toBe('known')
  expect(box.journal.size()).toBe(4)
})

test('of a part whose time was over before, the event is written once', async () => {
  await box.journal.saveReceipt(testReceipt(3, 0))
  await box.journal.saveReceipt(testReceipt(3, 3_600_000))
  await box.journal.append({ events: [{ kind: 'test' }] })
  await box.journal.saveReceipt(testReceipt(4, 3_600_000))
  expect(await box.journal.release(3_600_000, 10)).toBe(2)
  expect(await obey()).toBe('erased')
  expect(await newestOpen()).toMatchObject({ kind: 'redaction', detail: { index: 1 } })
  expect(await obey()).toBe('known')
  expect(box.journal.size()).toBe(5)
  expect(checkJournal(box.path).faults).toEqual([])
})

describe('not obeyed is', () => {
  const stranger = ed25519Signer(NAME, ed25519.generate().privateKey)
  test.each([
    ['another key’s order', {}, 'forged', stranger],
    ['an order for another log', { origin: `${TEST_ORIGIN}0` }, 'foreign-origin', signer],
    ['an order for an event that is not there', { index: 99 }, 'no-such-event', signer],
    ['an order that means another part', { index: 2 }, 'other-part', signer],
    ['an order for an event without a part', { index: 0 }, 'other-part', signer],
  ])('%s', async (_name, given, answer, by) => {
    expect(await obey(given, by)).toBe(answer)
    expect(isOnDisk(PLATE)).toBe(true)
    expect(box.journal.size()).toBe(3)
  })

  test('what is no note', async () => {
    expect(await obeyErase('erase everything', box.journal, verifier)).toBe('forged')
  })
})

/** Whether it lies anywhere in the journal's files, the write-ahead log among them. */
function isOnDisk(text: string | Uint8Array): boolean {
  const folder = dirname(box.path)
  return readdirSync(folder).some(name =>
    readFileSync(join(folder, name)).includes(Buffer.from(text)),
  )
}

async function newestOpen() {
  const [stored] = await box.journal.readEntries(box.journal.size() - 1, 1)
  return decodeOpen(keptParts(stored ?? expect.unreachable()).open)
}
