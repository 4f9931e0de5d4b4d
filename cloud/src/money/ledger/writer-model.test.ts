/**
 * The writer against a naive ledger: random postings in several batches at once, with writers that
 * crash at any statement or are taken over, give what a list and its sums give.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { EMPTY_BOOK } from '@tillproof/shared/agreement/state.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld } from '../testing.ts'
import { checkBook } from './check.ts'
import type { PostingSource } from './draft-batch.ts'
import { type Fault, faultyDb, STATEMENTS } from './testing-faults.ts'
import {
  anyWish,
  type NaiveLedger,
  naiveLedger,
  sourceOfWish,
  sumsOf,
  type Wish,
} from './testing-model.ts'
import { type BatchResult, type BookWriter, openBookWriter, type WriterDeps } from './writer.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** Batches posted at once; what goes wrong meanwhile, if anything does. */
type Step = { batches: Wish[][]; fault: Fault | 'taken-over' | null }

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    when: fc.constantFrom('before', 'after'),
    where: fc.constantFrom(...STATEMENTS),
  }),
  fc.constant({ when: 'after', where: 'commit' } as const),
)
const anyStep: fc.Arbitrary<Step> = fc.record({
  batches: fc.array(fc.array(anyWish, { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 3,
  }),
  fault: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: anyFault },
    { weight: 1, arbitrary: fc.constant('taken-over' as const) },
  ),
})

test('books what the naive ledger books, whatever crashes and whoever takes over', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 2, maxLength: 6 }), async steps => {
      await playSteps(steps, seen)
    }),
    { numRuns: 40 },
  )
  // The runs met everything that they are about.
  expect([...seen].sort()).toEqual(
    ['conflict', 'crashed', 'exists', 'fenced', 'posted', 'rule-broken', 'unbalanced'].sort(),
  )
})

async function playSteps(steps: readonly Step[], seen: Set<string>): Promise<void> {
  const world = await makeWorld(database.db)
  const faulty = faultyDb(database.db)
  const model = naiveLedger()
  const deps = { ...DEPS, db: faulty.db, writer: randomUUID() }
  const open = () => opened(deps, world.operator)
  let writer = await open()
  for (const { batches, fault } of steps) {
    const sources = batches.map(batch => batch.map(wish => sourceOfWish(wish, world.devices)))
    if (fault === 'taken-over') {
      const zombie = writer
      writer = await open()
      await agreeing(writer, model, sources[0] ?? [], seen)
      await beFenced(zombie, sources.flat(), seen)
    }
    faulty.failNext(fault === 'taken-over' || fault === null ? undefined : fault)
    const settled = await Promise.allSettled(sources.map(batch => writer.post(batch)))
    faulty.failNext(undefined)
    const isLost = replay(model, sources, settled, fault, seen)
    if (isLost) writer = await open()
    for (const batch of sources) await agreeing(writer, model, batch, seen)
  }
  await expectSame(world.operator, model)
}

const DEPS = { leaseMs: 60_000, clock: Date.now, randomBytes }

async function opened(deps: WriterDeps, operator: string): Promise<BookWriter> {
  const result = await openBookWriter(deps, operator)
  if (!('ok' in result)) throw new TypeError(result.refused)
  return result.writer
}

/** Takes over what was committed; true when the writer is finished. */
function replay(
  model: NaiveLedger,
  sources: readonly PostingSource[][],
  settled: readonly PromiseSettledResult<BatchResult>[],
  fault: Step['fault'],
  seen: Set<string>,
): boolean {
  let isLost = false
  for (const [at, batch] of sources.entries()) {
    const result = settled[at]
    if (result?.status === 'rejected') {
      expect(String(result.reason)).toContain('crash')
      seen.add('crashed')
      // Only the answer was lost: the batch is in the book.
      if (fault !== 'taken-over' && fault?.where === 'commit') book(model, batch)
      isLost = true
    } else if (isLost) expect(result?.value).toEqual({ refused: 'fenced' })
    else expect(result?.value).toEqual({ ok: true, results: book(model, batch) })
  }
  return isLost
}

async function agreeing(
  writer: BookWriter,
  model: NaiveLedger,
  batch: readonly PostingSource[],
  seen: Set<string>,
): Promise<void> {
  const results = book(model, batch)
  expect(await writer.post(batch)).toEqual({ ok: true, results })
  for (const { outcome } of results) seen.add(outcome)
}

/** Who was taken over neither writes nor says what its old balances make it think. */
async function beFenced(
  zombie: BookWriter,
  batch: readonly PostingSource[],
  seen: Set<string>,
): Promise<void> {
  const result = await zombie.post(batch)
  if ('refused' in result) seen.add(result.refused)
  const outcomes = 'ok' in result ? result.results.map(each => each.outcome) : []
  expect(outcomes.filter(outcome => outcome !== 'exists' && outcome !== 'conflict')).toEqual([])
}

const book = (model: NaiveLedger, batch: readonly PostingSource[]) =>
  batch.map(source => model.book(source, legsOf(source)))

const legsOf = (source: PostingSource): readonly JournalLeg[] => source.draft(EMPTY_BOOK).legs

async function expectSame(operator: string, model: NaiveLedger): Promise<void> {
  const accounts = await database.db.withSystem(tx =>
    tx.query(
      `select path, debits_posted, credits_posted, debits_pending, credits_pending
         from accounts where operator_id = $1 order by path collate "C"`,
      [operator],
    ),
  )
  const sums = sumsOf(model.legs())
  expect(accounts).toEqual(sums)
  const check = await checkBook(database.db, operator)
  const totals = [sums.map(each => each.debits_posted), sums.map(each => each.credits_posted)]
  const [debits, credits] = totals.map(each => each.reduce((sum, one) => sum + one, 0n))
  expect(check.faults).toEqual([])
  expect(check.totals).toEqual(sums.length === 0 ? [] : [{ currency: 'CNY', debits, credits }])
}
