/** The cloud's promise to log what it receipted: kept, believed only when proven, and broken. */
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { inclusionProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { formatTlogProof } from '@tillproof/shared/note/tlog-proof.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { keepPromise } from '../uplink/log-promise.ts'
import { afterReceipt, afterShown, isBroken, NO_PROMISE, PROMISE_MS } from './logged.ts'

const LOG = 'test.tillproof.local/log'
const log = ed25519.generate()
const logVkey = vkey(LOG, 'ed25519', log.publicKey)
const DAY = 86_400_000

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
  await box.journal.append({ events: [{ kind: 'test' }, { kind: 'test' }] })
})
afterEach(() => box.stop())

async function headAt(size: number, origin = box.journal.origin): Promise<string> {
  const { root } = await box.journal.headAt(size)
  const text = formatCheckpoint({ origin, size, root })
  return signNote(text, [ed25519Signer(box.journal.origin, box.evidence.privateKey)])
}

/** What a log shows that holds this head among others. */
function shownIn(head: string, by = log.privateKey, entry = head) {
  const others = ['a', 'b', 'c', 'd'].map(name => leafHash(utf8(name)))
  const leaf = leafHash(concat(utf8('tillproof/device-head/v1\n'), utf8(entry)))
  const read = leafReader([...others.slice(0, 2), leaf, ...others.slice(2)])
  const text = formatCheckpoint({ origin: LOG, size: 5, root: rootOfRange(read, 0, 5) })
  const checkpoint = signNote(text, [ed25519Signer(LOG, by)])
  const hashes = inclusionProof(read, 2, 5)
  return { head, proof: formatTlogProof({ extra: null, index: 2, hashes, checkpoint }) }
}

test('a shown head is kept over a restart, and what is receipted after it is owed', async () => {
  const keeper = await keepPromise(box.journal, logVkey)
  await keeper.receipt({ size: 2, atMs: 5 * DAY })
  expect(keeper.status()).toEqual({ shownSize: 0, owedSinceMs: 5 * DAY, isBroken: false })
  expect(await keeper.shown(shownIn(await headAt(2)))).toEqual({ ok: true, size: 2 })
  expect(keeper.status()).toEqual({ shownSize: 2, owedSinceMs: null, isBroken: false })
  await keeper.receipt({ size: 3, atMs: 6 * DAY })
  const again = await keepPromise(box.journal, logVkey)
  expect(again.status()).toEqual({ shownSize: 2, owedSinceMs: 6 * DAY, isBroken: false })
  await again.receipt({ size: 3, atMs: 6 * DAY + PROMISE_MS + 1 })
  expect(again.status()).toEqual({ shownSize: 2, owedSinceMs: 6 * DAY, isBroken: true })
})

describe('the device finds a cloud that shows', () => {
  test('a head of another history, of another log, or beyond its own', async () => {
    const keeper = await keepPromise(box.journal, logVkey)
    const other = { size: 2, root: new Uint8Array(32).fill(7), origin: box.journal.origin }
    const signer = ed25519Signer(box.journal.origin, box.evidence.privateKey)
    const heads = [
      signNote(formatCheckpoint(other), [signer]),
      await headAt(2, 'test.tillproof.local/d/d999999999999/1'),
      (await headAt(2)).replace('\n2\n', '\n9\n'),
      'no head',
    ]
    for (const head of heads) {
      expect(await keeper.shown(shownIn(head))).toEqual({ ok: false, refused: 'not-our-head' })
    }
  })

  test('a proof under another key, of another leaf, or none', async () => {
    const keeper = await keepPromise(box.journal, logVkey)
    const head = await headAt(3)
    const refused = { ok: false, refused: 'not-proven' }
    const stranger = ed25519.generate().privateKey
    expect(await keeper.shown(shownIn(head, stranger))).toEqual(refused)
    expect(await keeper.shown(shownIn(head, log.privateKey, await headAt(2)))).toEqual(refused)
    expect(await keeper.shown({ head, proof: '' })).toEqual(refused)
    expect(keeper.status().shownSize).toBe(0)
  })
})

test('the first receipt after what was shown is owed until that much is shown', () => {
  const first = afterReceipt(NO_PROMISE, { size: 4, atMs: 100 })
  const second = afterReceipt(first, { size: 9, atMs: 200 })
  expect(second).toEqual({ shownSize: 0, owed: { size: 4, sinceMs: 100 } })
  expect(afterShown(second, 3)).toEqual({ shownSize: 3, owed: { size: 4, sinceMs: 100 } })
  expect(afterShown(second, 4)).toEqual({ shownSize: 4, owed: null })
  expect(afterReceipt(afterShown(second, 9), { size: 9, atMs: 300 }).owed).toBeNull()
  expect(isBroken(second, 100 + PROMISE_MS)).toBe(false)
  expect(isBroken(second, 101 + PROMISE_MS)).toBe(true)
})

test('an enrolment whose log key is none is told at the start', async () => {
  await expect(keepPromise(box.journal, 'no key')).rejects.toMatchObject({
    code: 'identity.invalid',
  })
})
