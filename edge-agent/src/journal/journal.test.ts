/** A journal on a real file: indexes, groups, vouchers, state, roots and proofs. */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { decodeOpen, decodeSealed } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { verifyConsistency, verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommittedEvent, EventDraft } from './event-store.ts'
import { openJournalHost } from './host.ts'
import { keptParts } from './retention.ts'
import { TEST_ORIGIN, type TestJournal, testJournal } from './testing.ts'

const ORDER = '0b2f7a52-52a5-4b0a-8a4e-3b8b8f7b9d10'
const fact = (turn: number): EventDraft => ({ kind: 'test', fields: { detail: { turn } } })

let nowMs = 1_800_000_000_000
const clock = {
  nowMs: () => nowMs,
  monotonicMs: () => 4321,
  after: () => () => undefined,
}

let box: TestJournal
beforeEach(async () => {
  nowMs = 1_800_000_000_000
  box = await testJournal({ clock, bootId: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) })
})
afterEach(() => box.stop())

describe('appending', () => {
  test('gives consecutive indexes, stamps the events and binds them to their sale', async () => {
    const result = await box.journal.append({
      events: [
        { kind: 'sale.requested', sale: 'opens', fields: { amountMinor: 350n, currency: 'CNY' } },
        { kind: 'payment.seen', sale: 'opened', sealed: { payer: 'p-1' } },
        { kind: 'port.up', fields: { port: 'mdb' } },
      ],
    })
    expect(result).toMatchObject({ ok: true, size: 4 })
    const entries = await box.journal.readEntries(1, 10)
    expect(entries.map(entry => decodeOpen(keptParts(entry).open))).toEqual([
      {
        kind: 'sale.requested',
        index: 1,
        atMs: 1_800_000_000_000,
        monotonicMs: 4321,
        bootId: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
        sale: 1,
        amountMinor: 350n,
        currency: 'CNY',
      },
      expect.objectContaining({ kind: 'payment.seen', index: 2, sale: 1 }),
      expect.not.objectContaining({ sale: expect.anything() }),
    ])
    const sealed = entries[1]?.parts?.sealed
    expect(sealed && decodeSealed(sealed)).toEqual({ payer: 'p-1' })
  })

  test('keeps the order of concurrent calls and tells subscribers without gaps', async () => {
    const seen: CommittedEvent[] = []
    const unsubscribe = box.journal.subscribe(events => seen.push(...events))
    const turns = Array.from({ length: 300 }, (_, turn) => turn)
    const results = await Promise.all(turns.map(t => box.journal.append({ events: [fact(t)] })))
    unsubscribe()
    await box.journal.append({ events: [fact(300)] })
    expect(results.map(result => result.ok && result.events[0]?.index)).toEqual(
      turns.map(turn => turn + 1),
    )
    expect(seen.map(({ index }) => index)).toEqual(turns.map(turn => turn + 1))
    expect(seen.map(({ open }) => open.detail?.turn)).toEqual(turns)
    expect(box.journal.size()).toBe(302)
  })

  test('a draft that cannot be encoded fails alone', async () => {
    const bad: EventDraft = { kind: 'test', fields: { amountMinor: 1n } }
    const [good, failed, after] = await Promise.allSettled([
      box.journal.append({ events: [fact(1)] }),
      box.journal.append({ events: [fact(2), bad] }),
      box.journal.append({ events: [fact(3)] }),
    ])
    expect(good).toMatchObject({ status: 'fulfilled', value: { size: 2 } })
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'event.invalid' } })
    expect(after).toMatchObject({ status: 'fulfilled', value: { size: 3 } })
  })
})

describe('vouchers and state', () => {
  test('a voucher is spent once, in a group, later and after a restart', async () => {
    const spend = { events: [fact(1)], spendVoucher: ORDER, state: { sale: 'running' } }
    const [first, second] = await Promise.all([
      box.journal.append(spend),
      box.journal.append({ ...spend, state: { sale: 'doubled' } }),
    ])
    expect(first).toMatchObject({ ok: true })
    expect(second).toEqual({ ok: false, refused: 'voucher-spent' })
    await box.journal.close()
    const again = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
    expect(await again.append(spend)).toEqual({ ok: false, refused: 'voucher-spent' })
    expect(await again.readState('sale')).toBe('running')
    expect(again.size()).toBe(2)
    await again.append({ events: [], state: { sale: null } })
    expect(await again.readState('sale')).toBeUndefined()
    await again.close()
  })

  test('below the reserve new sales are refused and facts of old ones are kept', async () => {
    await box.journal.close()
    const reserveBytes = Number.MAX_SAFE_INTEGER
    const journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN, reserveBytes })
    const opening = { events: [{ kind: 'sale.requested', sale: 'opens' } as const] }
    expect(await journal.append(opening)).toEqual({ ok: false, refused: 'disk-full' })
    const old: EventDraft = { kind: 'sale.result', sale: 0, fields: { result: 'success' } }
    expect(await journal.append({ events: [old] })).toMatchObject({ ok: true, size: 2 })
    await journal.close()
  })
})

describe('the tree', () => {
  test('roots and proofs are those of RFC 6962 over the stored commitments', async () => {
    for (let turn = 0; turn < 20; turn += 1) await box.journal.append({ events: [fact(turn)] })
    const entries = await box.journal.readEntries(0, 100)
    const leaves = entries.map(entry => leafHash(commit(keptParts(entry))))
    for (const size of [1, 2, 7, 8, 13, 21]) {
      const { root } = await box.journal.headAt(size)
      expect(equal(root, rootOf(appendLeaves(emptyPeaks, leaves.slice(0, size))))).toBe(true)
      const proof = await box.journal.inclusionProof(size - 1, size)
      const leaf = leaves[size - 1] ?? new Uint8Array()
      expect(verifyInclusion({ leafHash: leaf, index: size - 1, size, proof, root })).toBe(true)
    }
    const [old, now] = [await box.journal.headAt(7), await box.journal.headAt(21)]
    const proof = await box.journal.consistencyProof(7, 21)
    expect(
      verifyConsistency({ size1: 7, root1: old.root, size2: 21, root2: now.root, proof }),
    ).toBe(true)
    await expect(box.journal.headAt(22)).rejects.toMatchObject({ code: 'journal.no-such-size' })
  })
})

test('one worker serves many journals at once', async () => {
  const boxes = await Promise.all(
    Array.from({ length: 20 }, (_, n) => {
      const path = box.path.replace('journal.db', `j${n}.db`)
      return box.host.open({ path, origin: `test.tillproof.local/d/d0000000000${n + 10}/1` })
    }),
  )
  const genesis = (await box.journal.readEntries(0, 1))[0]
  const draft = genesis && decodeOpen(keptParts(genesis).open).genesis
  if (!draft) throw new Error('the test journal has a genesis')
  await Promise.all(
    boxes.map(j => j.append({ events: [{ kind: 'genesis', fields: { genesis: draft } }] })),
  )
  await Promise.all(boxes.flatMap((j, n) => [fact(n), fact(n)].map(f => j.append({ events: [f] }))))
  expect(boxes.map(journal => journal.size())).toEqual(boxes.map(() => 3))
  const last = await boxes[7]?.readEntries(2, 1)
  expect(last?.map(entry => decodeOpen(keptParts(entry).open).detail)).toEqual([{ turn: 7 }])
  await Promise.all(boxes.map(journal => journal.close()))
})

test('a closed journal answers with its own error', async () => {
  const host = openJournalHost()
  await box.journal.close()
  const journal = await host.open({ path: box.path, origin: TEST_ORIGIN })
  await journal.close()
  await expect(journal.append({ events: [fact(1)] })).rejects.toMatchObject({
    code: 'journal.closed',
  })
  await host.close()
})
