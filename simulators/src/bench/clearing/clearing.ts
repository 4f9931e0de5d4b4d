/**
 * What clearing costs: sales split by a signed script, checked and chained into the book, against a
 * bare COPY of the rows they become; the same in a book that holds a hundred times as many sales;
 * and how long a batch takes while sales come at a rate of their own. Afterwards the books are
 * checked from their first journal on.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkBook } from '@tillproof/cloud/money/ledger/check.ts'
import { planSale } from '@tillproof/cloud/money/ledger/plan.ts'
import { type BookWriters, bookWriters } from '@tillproof/cloud/money/ledger/writers.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type BenchServer, startBenchServer } from '../database.ts'
import type { Progress } from '../progress.ts'
import { allMet, type BenchResult, ratioOf } from '../result.ts'
import {
  type Contestant,
  median,
  raceInRounds,
  type Timings,
  timesFaster,
  unitsPerSecond,
} from '../rounds.ts'
import { type CopiedRows, openCopiedRows } from './copied-rows.ts'
import { buildTown, type Town } from './town.ts'

/** As the clearing job takes them. */
const BATCH = 500
const BATCHES_A_ROUND = 8
/** Of what the small book cleared, so that batches wait for sales and not the other way round. */
const OFFERED_LOAD = 0.5
const OFFERED_FOR_MS = 10_000
const OFFERED_EVERY_MS = 50

export type ClearingSettings = { past: number; small: number; rounds: number }

export async function benchClearing(
  settings: ClearingSettings,
  progress: Progress,
): Promise<BenchResult> {
  const server = await startBenchServer()
  const books: Book[] = []
  try {
    const small = await openBook(server, settings.small, books, progress)
    const large = await openBook(server, settings.past, books, progress)
    progress('clearing, copying')
    const contestants = [cleared(small, 'small'), copied(small), cleared(large, 'large')]
    const timings = await raceInRounds(contestants, settings.rounds, () => performance.now())
    const latencies = await offer(small, OFFERED_LOAD * unitsPerSecond(timings, 'small'), progress)
    return resultOf(settings, timings, latencies, await checkAll(books, progress))
  } finally {
    await Promise.all(books.map(book => book.close()))
    await server.close()
  }
}

type Book = {
  town: Town
  writers: BookWriters
  copied: CopiedRows
  batches: bigint
  check: () => ReturnType<typeof checkBook>
  close(): Promise<void>
}

/** A book that holds `past` sales already, cleared as any other. */
async function openBook(
  server: BenchServer,
  past: number,
  books: Book[],
  progress: Progress,
): Promise<Book> {
  const { db, ownerUrl } = await server.newDatabase()
  const town = await buildTown(db)
  const writer = { db, writer: randomUUID(), leaseMs: 600_000, clock: Date.now, randomBytes }
  const writers = bookWriters(writer)
  const copied = await openCopiedRows(ownerUrl)
  const book: Book = {
    town,
    writers,
    copied,
    batches: 0n,
    check: () => checkBook(db, town.operatorId),
    close: () => Promise.all([writers.close(), copied.close()]).then(() => undefined),
  }
  books.push(book)
  for (let sold = 0; sold < past; sold += FILL_BATCH) {
    await post(book, town.sell(Math.min(FILL_BATCH, past - sold)))
    progress(`filling a book: ${sold + FILL_BATCH} of ${past} sales`)
  }
  return book
}

const FILL_BATCH = 2_000

async function post(book: Book, sales: ReturnType<Town['sell']>): Promise<void> {
  const plans = sales.map(sale => planSale(book.town.agreements, sale))
  const sources = plans.map(plan => plan.source)
  const posted = await book.writers.post(book.town.operatorId, sources)
  const done = 'ok' in posted && posted.results.every(({ outcome }) => outcome === 'posted')
  if (!done || plans.some(({ suspended }) => suspended !== null)) throw notCleared()
  book.batches += 1n
}

const cleared = (book: Book, name: string): Contestant => ({ name, run: () => clearRound(book) })

/** Two at a time, as the clearing job does: one batch is drafted while one is written. */
async function clearRound(book: Book): Promise<number> {
  let begun = 0
  const lane = async () => {
    while (begun++ < BATCHES_A_ROUND) await post(book, book.town.sell(BATCH))
  }
  await Promise.all([lane(), lane()])
  return BATCHES_A_ROUND * BATCH
}

/** Copies a round's rows of the book; each row once, for the keys are the real ones. */
function copied(book: Book): Contestant {
  let taken = book.batches
  const round = BigInt(BATCHES_A_ROUND)
  return {
    name: 'copied',
    async prepare() {
      if (book.batches - taken < round) await clearRound(book)
      await book.copied.take(book.town.operatorId, taken + 1n, taken + round)
      taken += round
    },
    run: () => book.copied.copy(),
  }
}

/** Sales come whether or not the last are cleared; a batch takes from when its first sale came. */
async function offer(book: Book, perSecond: number, progress: Progress): Promise<number[]> {
  progress(`offering ${Math.round(perSecond)} sales a second`)
  const each = Math.max(1, Math.round((perSecond * OFFERED_EVERY_MS) / 1000))
  const latencies: number[] = []
  const startedMs = performance.now()
  for (let turn = 0; turn * OFFERED_EVERY_MS < OFFERED_FOR_MS; turn++) {
    const dueMs = startedMs + turn * OFFERED_EVERY_MS
    const earlyMs = dueMs - performance.now()
    if (earlyMs > 0) await sleep(earlyMs)
    await post(book, book.town.sell(each))
    latencies.push(performance.now() - dueMs)
  }
  return latencies.toSorted((one, other) => one - other)
}

async function checkAll(books: readonly Book[], progress: Progress): Promise<number> {
  let journals = 0n
  for (const book of books) {
    progress('checking every journal, balance and link')
    const { faults, journals: checked } = await book.check()
    if (faults.length > 0) throw unsound(faults[0]?.detail ?? '')
    journals += checked
  }
  return Number(journals)
}

function resultOf(
  settings: ClearingSettings,
  timings: Timings,
  latencies: readonly number[],
  journals: number,
): BenchResult {
  const ratios = [
    ratioOf('clear sales / copy their rows', timesFaster(timings, 'small', 'copied'), 0.5),
    ratioOf('clear in the large book / in the small', timesFaster(timings, 'large', 'small'), 0.9),
  ]
  const at = (part: number) => latencies[Math.floor(part * (latencies.length - 1))] ?? Number.NaN
  return {
    suite: 'clearing',
    settings,
    ratios,
    perSecond: {
      'sales, in the small book': unitsPerSecond(timings, 'small'),
      'sales, in the large book': unitsPerSecond(timings, 'large'),
      'sales whose rows are copied': unitsPerSecond(timings, 'copied'),
    },
    milliseconds: {
      'a batch at half the load, half of them within': median(latencies),
      'a batch at half the load, 99 of 100 within': at(0.99),
    },
    sizes: { 'sales a batch': BATCH, 'journals checked afterwards, without a fault': journals },
    met: allMet(ratios),
  }
}

const notCleared = (): TillproofError =>
  new TillproofError(
    'bench.not-cleared',
    'A sale of the benchmark was not cleared, so its time means nothing.',
    'Run the tests of the ledger; this is a fault in the program.',
  )

const unsound = (detail: string): TillproofError =>
  new TillproofError(
    'bench.unsound-book',
    `The book does not hold after the benchmark: ${detail}.`,
    'Run the tests of the ledger; this is a fault in the program.',
  )
