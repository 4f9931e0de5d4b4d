/** Heads: what is signed, when, and that it is stored first. */
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import type { SavedNote } from '../journal/event-store.ts'
import { keptParts } from '../journal/retention.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { headSigner, sealAt, startSealing } from './seal.ts'

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
})
afterEach(() => box.stop())

const signer = () => headSigner(box.journal.origin, box.evidence.privateKey)
const append = () => box.journal.append({ events: [{ kind: 'test' }] })

/** Timers that fire when the test says so. */
function handClock(): Clock & { fire(): void; waiting(): number } {
  let timers: (() => void)[] = []
  return {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after(_delayMs, run) {
      timers.push(run)
      return () => {
        timers = timers.filter(timer => timer !== run)
      }
    },
    fire: () => timers.splice(0).forEach(run => void run()),
    waiting: () => timers.length,
  }
}

test('a head is a checkpoint over the committed events, signed by the evidence key', async () => {
  await append()
  await append()
  const { note } = await sealAt(box.journal, signer(), 2)
  const verifier = ed25519Verifier(box.journal.origin, box.evidence.publicKey)
  const opened = openCheckpoint(note, box.journal.origin, [verifier])
  const entries = await box.journal.readEntries(0, 2)
  const leaves = entries.map(entry => leafHash(commit(keptParts(entry))))
  expect(opened.ok && opened.checkpoint).toEqual({
    origin: 'test.tillproof.local/d/d0123456789ab/1',
    size: 2,
    root: rootOf(appendLeaves(emptyPeaks, leaves)),
    extensions: [],
  })
})

test('a head is stored before it is handed out, and handed out again as it was', async () => {
  const first = await sealAt(box.journal, signer(), 1)
  expect(await box.journal.readHead(1)).toBe(first.note)
  await append()
  expect(await sealAt(box.journal, signer(), 1)).toEqual(first)
  expect(await box.journal.newestHead()).toEqual(first)
})

test('what is not committed is not signed', async () => {
  await expect(sealAt(box.journal, signer(), 2)).rejects.toMatchObject({
    code: 'journal.no-such-size',
  })
})

test('many commits within an interval make one head', async () => {
  const clock = handClock()
  const heads: SavedNote[] = []
  const sealing = startSealing(
    {
      journal: box.journal,
      signer: signer(),
      clock,
      intervalMs: 1000,
      onSealed: head => heads.push(head),
      onError: error => expect.unreachable(error.message),
    },
    1,
  )
  expect(clock.waiting()).toBe(0)
  await Promise.all([append(), append(), append()])
  expect(clock.waiting()).toBe(1)
  clock.fire()
  await expect.poll(() => heads.map(({ size }) => size)).toEqual([4])
  await append()
  sealing.stop()
  expect(clock.waiting()).toBe(0)
  expect(sealing.sealedSize()).toBe(4)
})
