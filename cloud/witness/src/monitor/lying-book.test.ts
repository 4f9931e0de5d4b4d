/** The batches of a book: honest ones, and each way to change a book behind the log's back. */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import {
  type BatchHeader,
  batchHash,
  batchHeaderBytes,
  type Journal,
  journalBytes,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ShownBatch } from './book-rule.ts'
import { kindsOf, type LyingCloud, type TestMonitor, testMonitor } from './testing.ts'

const BOOK = '11111111-1111-4111-8111-111111111111'
const NOW = 1_760_000_000_000
type Batch = { header: BatchHeader; journals: Journal[] }

let monitor: TestMonitor
let cloud: LyingCloud
let batches: Batch[]

beforeEach(async () => {
  monitor = await testMonitor()
  ;({ cloud } = monitor)
  batches = []
})
afterEach(() => monitor.remove())

function journal(seq: bigint, amountMinor = 350n): Journal {
  const leg = { currency: 'CNY', phase: 'posted', amountMinor } as const
  return {
    operatorId: BOOK,
    seq,
    businessId: `sale:d0123456789ab.1.${seq}`,
    payloadHash: sha256(utf8(String(seq))),
    kind: 'sale',
    deviceId: 'd0123456789ab',
    sourceAtMs: NOW - 3_600_000,
    bookedAtMs: NOW - 3_600_000,
    agreement: null,
    salt: new Uint8Array(16).fill(Number(seq)),
    legs: [
      { ...leg, account: 'psp:sandbox:receivable', side: 'debit' },
      { ...leg, account: 'suspense:d0123456789ab', side: 'credit' },
    ],
  }
}

/** Books journals in a batch of their own; logs it unless told. */
function book(count: number, change: Partial<BatchHeader> = {}, isLogged = true): Batch {
  const last = batches.at(-1)?.header
  const firstJournal = last === undefined ? 1n : last.firstJournal + BigInt(last.journals)
  const journals = Array.from({ length: count }, (_, i) => journal(firstJournal + BigInt(i)))
  const header = {
    operatorId: BOOK,
    seq: (last?.seq ?? 0n) + 1n,
    firstJournal,
    journals: count,
    root: journalsRoot(journals),
    previous: last === undefined ? new Uint8Array(32) : batchHash(last),
    bookedAtMs: NOW - 3_600_000,
    ...change,
  }
  batches.push({ header, journals })
  if (isLogged) cloud.logLeaf('posting-batch', batchHash(header)).logOther(1)
  return { header, journals }
}

const shown = ({ header, journals }: Batch): ShownBatch => ({
  header: toBase64(batchHeaderBytes(header)),
  journals: journals.map(each => toBase64(journalBytes(each))),
})
function look() {
  cloud.publish()
  return monitor.lookAtBook(BOOK, batches.map(shown), NOW)
}
function at(i: number): Batch {
  return batches[i] ?? expect.fail('no such batch')
}

describe('an honest book', () => {
  test('over several pages, rounds and a restart', async () => {
    for (let i = 0; i < 8; i++) book(1 + (i % 3))
    expect(await look()).toMatchObject({ state: 'ok', findings: [] })
    monitor.reopen()
    book(2)
    book(1)
    expect(await look()).toMatchObject({ state: 'ok', findings: [] })
    expect(await look()).toMatchObject({ state: 'ok', findings: [] })
  })

  test('whose last batch is on its way into the log', async () => {
    book(1)
    book(1, { bookedAtMs: NOW - 60_000 }, false)
    expect(await look()).toMatchObject({ state: 'ok', findings: [] })
    cloud.logLeaf('posting-batch', batchHash(at(1).header))
    expect(await look()).toMatchObject({ state: 'ok', findings: [] })
  })

  test('that is shown no more is not accused: a grant may have ended', async () => {
    book(1)
    await look()
    batches = []
    expect(await look()).toMatchObject({ state: 'unreachable', findings: [] })
  })
})

describe('the monitor finds an altered batch:', () => {
  test('a journal changed in the database', async () => {
    book(1)
    book(2)
    at(1).journals[1] = journal(3n, 340n)
    const report = await look()
    expect(report).toMatchObject({ state: 'wrong', exitCode: 20 })
    expect(report.findings).toMatchObject([
      {
        kind: 'altered-batch',
        origin: `book ${BOOK}, batch 2`,
        leafIndex: 2,
        detail: 'the batch does not hold the journals it was made over',
        file: expect.any(String),
      },
    ])
  })

  test('a journal left out', async () => {
    book(2)
    at(0).journals.pop()
    expect(kindsOf(await look())).toEqual(['altered-batch'])
  })

  test('written anew before anybody read it', async () => {
    book(1)
    book(1)
    book(1)
    const { header } = at(1)
    const journals = [journal(2n, 1n)]
    batches[1] = { header: { ...header, root: journalsRoot(journals) }, journals }
    const report = await look()
    expect(kindsOf(report)).toEqual(['altered-batch'])
    expect(report.findings[0]?.detail).toBe('the batch is not in the log, a later one is')
  })

  test('the last one written anew after it was read', async () => {
    book(1)
    book(1)
    await look()
    batches.pop()
    book(1, { bookedAtMs: NOW })
    const report = await look()
    expect(kindsOf(report)).toEqual(['altered-batch'])
    expect(report.findings[0]?.detail).toBe('the batch is another than before')
  })

  test('a leaf that is no hash', async () => {
    cloud.logLeaf('posting-batch', utf8('hello'))
    expect(kindsOf(await look())).toEqual(['altered-batch'])
  })
})

test('the monitor finds a batch that the log does not take, said while it lasts', async () => {
  book(1)
  book(1, {}, false)
  expect((await look()).findings).toMatchObject([{ kind: 'unlogged-batch', file: null }])
  cloud.logLeaf('posting-batch', batchHash(at(1).header))
  expect(await look()).toMatchObject({ state: 'ok', findings: [] })
})

test.each<[string, Partial<BatchHeader>]>([
  ['does not name the batch before', { previous: new Uint8Array(32).fill(7) }],
  ['has number 3', { seq: 3n }],
  ['begins at journal 1, not 2', { firstJournal: 1n }],
  ['is of the book x', { operatorId: 'x' }],
])('the monitor finds a broken chain: the batch %s', async (detail, change) => {
  book(1)
  const batch = book(1, change)
  if (change.firstJournal !== undefined) batch.journals[0] = journal(1n)
  const { findings } = await look()
  expect(findings[0]).toMatchObject({ kind: 'broken-chain', detail: `the batch ${detail}` })
})
