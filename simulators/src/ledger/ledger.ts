/**
 * Random transfers through the real writer, on a PostgreSQL of their own, each answer held against
 * what was foreseen; then every balance, and the checker over the whole book.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Account } from '@tillproof/cloud/money/ledger/account.ts'
import { checkBook } from '@tillproof/cloud/money/ledger/check.ts'
import { readAccounts } from '@tillproof/cloud/money/ledger/store.ts'
import { type BookWriters, bookWriters } from '@tillproof/cloud/money/ledger/writers.ts'
import type { Db } from '@tillproof/cloud/platform/db/db.ts'
import { addMachine, addParty } from '../bench/clearing/town.ts'
import { startBenchServer } from '../bench/database.ts'
import type { Progress } from '../bench/progress.ts'
import { seededRandom } from '../random.ts'
import { type ForeseenBook, type ForeseenSums, NO_FORESEEN, type Outcome } from './foreseen-book.ts'
import { type Transfer, type Transfers, transfersOf } from './transfers.ts'

export type LedgerRun = {
  transfers: number
  seed: number
  outcomes: Record<Outcome, number>
  journals: bigint
  batches: bigint
  accounts: number
  seconds: { posting: number; checking: number }
  /** Sentences: answers and balances that are not as foreseen, and what the checker found. */
  faults: string[]
}

/** As the clearing job takes them. */
const BATCH = 500
const MACHINES = 20
const MOST_FAULTS = 20

export async function runLedger(
  transfers: number,
  seed: number,
  progress: Progress,
): Promise<LedgerRun> {
  progress('starting a database')
  const server = await startBenchServer()
  try {
    const { db } = await server.newDatabase()
    const { operatorId, deviceIds } = await newBook(db)
    const made = transfersOf(seededRandom(seed), deviceIds)
    const posting = await postAll(db, operatorId, made, transfers, progress)
    progress(`checking ${transfers} transfers`)
    const began = performance.now()
    const check = await checkBook(db, operatorId)
    const seconds = { posting: posting.seconds, checking: secondsSince(began) }
    const balances = await balanceFaults(db, operatorId, made.book)
    const found = check.faults.map(({ code, detail }) => `${code}: ${detail}`)
    const faults = [...posting.faults, ...balances, ...found]
    const { outcomes } = posting
    const { journals, batches } = check
    const accounts = made.book.sums.size
    return { transfers, seed, outcomes, journals, batches, accounts, seconds, faults }
  } finally {
    await server.close()
  }
}

async function newBook(db: Db): Promise<{ operatorId: string; deviceIds: string[] }> {
  const operatorId = randomUUID()
  const deviceIds = Array.from({ length: MACHINES }, () => `d${randomBytes(6).toString('hex')}`)
  await db.withSystem(async tx => {
    await addParty(tx, operatorId, 'operator')
    for (const deviceId of deviceIds) await addMachine(tx, operatorId, deviceId)
  })
  return { operatorId, deviceIds }
}

type Posting = Pick<LedgerRun, 'outcomes' | 'faults'> & { seconds: number }

/** Two batches at a time, as the clearing job does: one is drafted while one is written. */
async function postAll(
  db: Db,
  operatorId: string,
  made: Transfers,
  transfers: number,
  progress: Progress,
): Promise<Posting> {
  const writers = bookWriters({
    db,
    writer: randomUUID(),
    leaseMs: 600_000,
    clock: Date.now,
    randomBytes,
  })
  const posting: Posting = { outcomes: { ...NO_OUTCOMES }, faults: [], seconds: 0 }
  let begun = 0
  const began = performance.now()
  const lane = async () => {
    while (begun < transfers) {
      const batch = Array.from({ length: Math.min(BATCH, transfers - begun) }, made.next)
      begun += batch.length
      await postBatch(writers, operatorId, batch, posting)
      const perSecond = Math.round(begun / secondsSince(began))
      progress(`posting: ${begun} of ${transfers} transfers, ${perSecond} a second`)
    }
  }
  await Promise.all([lane(), lane()])
  posting.seconds = secondsSince(began)
  await writers.close()
  return posting
}

const NO_OUTCOMES: Record<Outcome, number> = {
  posted: 0,
  exists: 0,
  conflict: 0,
  unbalanced: 0,
  'rule-broken': 0,
  'not-pending': 0,
  'over-pending': 0,
  'too-early': 0,
  'too-late': 0,
}

async function postBatch(
  writers: BookWriters,
  operatorId: string,
  batch: readonly Transfer[],
  { outcomes, faults }: Posting,
): Promise<void> {
  const sources = batch.map(each => each.source)
  const posted = await writers.post(operatorId, sources)
  for (const [at, { source, foreseen }] of batch.entries()) {
    const outcome = 'ok' in posted ? posted.results[at]?.outcome : undefined
    if (outcome !== undefined && outcome !== 'nothing-due') outcomes[outcome]++
    if (outcome === foreseen || faults.length >= MOST_FAULTS) continue
    faults.push(`${source.businessId}: ${outcome ?? 'no answer'}, foreseen was ${foreseen}`)
  }
}

async function balanceFaults(db: Db, operatorId: string, book: ForeseenBook): Promise<string[]> {
  const accounts = await db.withSystem(tx => readAccounts(tx, operatorId))
  const stored = new Map(accounts.map(each => [each.path, each]))
  const paths = [...new Set([...stored.keys(), ...book.sums.keys()])]
  return paths.flatMap(path => {
    const says = textOf(storedSums(stored.get(path)))
    const foreseen = textOf(book.sums.get(path) ?? NO_FORESEEN)
    return says === foreseen ? [] : [`${path}: ${says}; foreseen was ${foreseen}`]
  })
}

const storedSums = (account: Account | undefined): ForeseenSums => ({
  debits: account?.debitsPosted ?? 0n,
  credits: account?.creditsPosted ?? 0n,
  out: account?.debitsPending ?? 0n,
  in: account?.creditsPending ?? 0n,
})

const textOf = (sums: ForeseenSums): string =>
  `debits ${sums.debits} and ${sums.out} pending, credits ${sums.credits} and ${sums.in} pending`

const secondsSince = (began: number): number => (performance.now() - began) / 1000
