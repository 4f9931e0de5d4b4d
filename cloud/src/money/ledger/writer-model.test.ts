/**
 * The writer against a naive ledger: random postings in several batches at once, with writers that
 * crash at any statement or are taken over, give what a list and its sums give.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld } from '../testing.ts'
import { checkBook } from './check.ts'
import { type Fault, faultyDb, STATEMENTS } from './testing-faults.ts'
import { type NaiveLedger, naiveLedger, sumsOf } from './testing-model.ts'
import { anyWish, inWorld, sourceOfWish, type Wish } from './testing-wishes.ts'
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
    where: fc.constantFrom(...STATEMENTS, 'with closed' as const),
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
  const books = fc.asyncProperty(fc.array(anyStep, { minLength: 2, maxLength: 6 }), async steps => {
    await playSteps(steps, seen)
  })
  await fc.assert(books, { numRuns: 20 })
  // Always the same runs, which meet everything that this is about.
  await fc.assert(books, { numRuns: 40, seed: 7 })
  expect([...seen].sort()).toEqual(
    [
      ...['posted', 'exists', 'conflict', 'unbalanced', 'rule-broken'],
      ...['not-pending', 'over-pending', 'too-early', 'too-late', 'crashed', 'fenced'],
    ].sort(),
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
    const wishes = batches.map(batch => batch.map(wish => inWorld(wish, world.devices)))
    if (fault === 'taken-over') {
      const zombie = writer
      writer = await open()
      await agreeing(writer, model, wishes[0] ?? [], seen)
      await beFenced(zombie, wishes.flat(), seen)
    }
    faulty.failNext(fault === 'taken-over' || fault === null ? undefined : fault)
    const settled = await Promise.allSettled(wishes.map(batch => post(writer, batch)))
    faulty.failNext(undefined)
    const isLost = replay(model, wishes, settled, fault, seen)
    if (isLost) writer = await open()
    for (const batch of wishes) await agreeing(writer, model, batch, seen)
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
  wishes: readonly Wish[][],
  settled: readonly PromiseSettledResult<BatchResult>[],
  fault: Step['fault'],
  seen: Set<string>,
): boolean {
  let isLost = false
  for (const [at, batch] of wishes.entries()) {
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
  batch: readonly Wish[],
  seen: Set<string>,
): Promise<void> {
  const results = book(model, batch)
  expect(await post(writer, batch)).toEqual({ ok: true, results })
  for (const { outcome } of results) seen.add(outcome)
}

/** Who was taken over neither writes nor says what its old balances make it think. */
async function beFenced(
  zombie: BookWriter,
  batch: readonly Wish[],
  seen: Set<string>,
): Promise<void> {
  const result = await post(zombie, batch)
  if ('refused' in result) seen.add(result.refused)
  const outcomes = 'ok' in result ? result.results.map(each => each.outcome) : []
  expect(outcomes.filter(outcome => outcome !== 'exists' && outcome !== 'conflict')).toEqual([])
}

const book = (model: NaiveLedger, batch: readonly Wish[]) =>
  batch.map(wish => ({ businessId: sourceOfWish(wish).businessId, ...model.book(wish) }))

const post = (writer: BookWriter, batch: readonly Wish[]) => writer.post(batch.map(sourceOfWish))

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
