/**
 * The checker: rebuilds every balance, total, rule and link of the chain from the legs alone, and
 * says what does not agree. It trusts no sum and no hash that the writer stored.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import {
  type BatchHeader,
  batchHash,
  type Journal,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { type Account, accountKey, addLeg, keepsRule, NO_SUMS, type Sums } from './account.ts'
import { excerptFault, readExcerpts } from './check-excerpts.ts'
import { beginFreezes, type FreezeWalk, visitFreezes } from './check-freezes.ts'
import { beginPendings, type PendingWalk, pendingFaults, visitPending } from './check-pendings.ts'
import { beginTallies, type TallyWalk, tallyFaults, visitTallies } from './check-tallies.ts'
import { readPlacedFreezes } from './freezes.ts'
import { readPendings } from './open-pendings.ts'
import { type BookTotals, readBatches, readBookTotals, readJournals } from './reading.ts'
import { readAccounts } from './store.ts'
import { readTallies } from './tallies.ts'

export type FaultCode =
  | 'journal-unbalanced'
  | 'journal-missing'
  | 'balance-differs'
  | 'account-missing'
  | 'rule-broken'
  | 'root-differs'
  | 'chain-broken'
  | 'head-differs'
  | 'stray-rows'
  | 'tally-differs'
  | 'pending-differs'
  | 'excerpt-differs'
  | 'freeze-differs'
export type Fault = { code: FaultCode; detail: string }
export type BookCheck = {
  operatorId: string
  journals: bigint
  batches: bigint
  /** Posted debits and credits by currency: the trial balance. */
  totals: { currency: string; debits: bigint; credits: bigint }[]
  faults: Fault[]
}

/** Batches read at a time: bounds memory, whatever the size of the book. */
const PAGE = 200
const MOST_FAULTS = 100

/** Checks one book from its first journal to its head. */
export async function checkBook(db: Db, operatorId: string): Promise<BookCheck> {
  return db.withSystem(async tx => {
    // One snapshot for the whole walk, so that a writer at work is not mistaken for a fault.
    await tx.query('set transaction isolation level repeatable read read only')
    const totals = await readBookTotals(tx, operatorId)
    const walk = await walkBatches(tx, operatorId, totals)
    const accounts = await readAccounts(tx, operatorId)
    const memory = tallyFaults(walk.memory, await readTallies(tx, operatorId))
    const pendings = pendingFaults(walk.pendings, await readPendings(tx, operatorId))
    const faults: Fault[] = [
      ...walk.faults,
      ...balanceFaults(accounts, walk.sums),
      ...memory.map((detail): Fault => ({ code: 'tally-differs', detail })),
      ...pendings.map((detail): Fault => ({ code: 'pending-differs', detail })),
      ...walk.freezes.faults.map((detail): Fault => ({ code: 'freeze-differs', detail })),
    ]
    return {
      operatorId,
      journals: totals.journals,
      batches: totals.batches,
      totals: trialBalance(walk.sums),
      faults: faults.slice(0, MOST_FAULTS),
    }
  })
}

type Walk = {
  sums: Map<string, Sums>
  memory: TallyWalk
  pendings: PendingWalk
  freezes: FreezeWalk
  faults: Fault[]
  previous: Uint8Array
  nextJournal: bigint
  /** Journals and legs met on the way. */
  rows: number
}

async function walkBatches(tx: Tx, operatorId: string, totals: BookTotals): Promise<Walk> {
  const walk: Walk = {
    sums: new Map(),
    memory: await beginTallies(tx, operatorId),
    pendings: beginPendings(),
    freezes: beginFreezes(await readPlacedFreezes(tx, operatorId)),
    faults: [],
    previous: new Uint8Array(32),
    nextJournal: 1n,
    rows: 0,
  }
  for (let from = 1n; from <= totals.batches; from += BigInt(PAGE)) {
    const batches = await readBatches(tx, operatorId, from, PAGE)
    for (const { hash, ...header } of batches) {
      const journals = await readJournals(tx, operatorId, header.seq)
      visitBatch(walk, header, hash, journals, await readExcerpts(tx, header))
    }
  }
  if (walk.nextJournal - 1n !== totals.journals) {
    const counted = walk.nextJournal - 1n
    const detail = `the book counts ${totals.journals} journals, its batches ${counted}`
    walk.faults.push({ code: 'head-differs', detail })
  }
  if (!equal(walk.previous, totals.headHash)) {
    walk.faults.push({ code: 'head-differs', detail: 'the head is not the last batch’s hash' })
  }
  if (BigInt(walk.rows) !== totals.rows) {
    const detail = `${totals.rows} journals and legs are stored, ${walk.rows} belong to batches`
    walk.faults.push({ code: 'stray-rows', detail })
  }
  return walk
}

function visitBatch(
  walk: Walk,
  header: BatchHeader,
  hash: Uint8Array,
  journals: readonly Journal[],
  excerpts: ReadonlyMap<bigint, string>,
): void {
  const found = (code: FaultCode, detail: string) =>
    walk.faults.push({ code, detail: `batch ${header.seq}: ${detail}` })
  if (!equal(header.previous, walk.previous)) found('chain-broken', 'does not name the one before')
  if (!equal(batchHash(header), hash)) found('chain-broken', 'its hash is not that of its header')
  if (!equal(journalsRoot(journals), header.root)) found('root-differs', 'a journal was changed')
  if (header.firstJournal !== walk.nextJournal || journals.length !== header.journals) {
    found('journal-missing', `has ${journals.length} of ${header.journals} journals`)
  }
  for (const journal of journals) {
    const excerpt = excerptFault(walk.memory, walk.sums, journal, excerpts.get(journal.seq))
    if (excerpt !== undefined) found('excerpt-differs', excerpt)
    visitJournal(walk, journal)
    visitTallies(walk.memory, journal)
    visitPending(walk.pendings, journal)
    visitFreezes(walk.freezes, journal)
  }
  walk.previous = hash
  // By what the header says, so that one missing journal is one fault.
  walk.nextJournal = header.firstJournal + BigInt(header.journals)
  walk.rows += journals.length + journals.reduce((sum, each) => sum + each.legs.length, 0)
}

function visitJournal(walk: Walk, journal: Journal): void {
  let net = new Map<string, bigint>()
  for (const leg of journal.legs) {
    const key = accountKey(leg.account, leg.currency)
    walk.sums.set(key, addLeg(walk.sums.get(key) ?? NO_SUMS, leg))
    const kind = `${leg.currency} ${leg.phase}`
    const signed = leg.side === 'debit' ? leg.amountMinor : -leg.amountMinor
    net = net.set(kind, (net.get(kind) ?? 0n) + signed)
  }
  const crooked = [...net].filter(([, sum]) => sum !== 0n)
  for (const [kind, sum] of crooked) {
    const detail = `journal ${journal.seq} is off by ${sum} ${kind}`
    walk.faults.push({ code: 'journal-unbalanced', detail })
  }
  if (journal.legs.length === 0) {
    walk.faults.push({ code: 'journal-missing', detail: `journal ${journal.seq} has no legs` })
  }
}

function balanceFaults(accounts: readonly Account[], sums: ReadonlyMap<string, Sums>): Fault[] {
  const faults: Fault[] = []
  const known = new Set(accounts.map(each => accountKey(each.path, each.currency)))
  for (const key of sums.keys()) {
    if (!known.has(key)) faults.push({ code: 'account-missing', detail: `${key} has legs only` })
  }
  for (const account of accounts) {
    const name = accountKey(account.path, account.currency)
    const rebuilt = sums.get(name) ?? NO_SUMS
    for (const field of Object.keys(NO_SUMS) as (keyof Sums)[]) {
      if (account[field] === rebuilt[field]) continue
      const detail = `${name}: ${field} says ${account[field]}, its legs ${rebuilt[field]}`
      faults.push({ code: 'balance-differs', detail })
    }
    if (!keepsRule({ ...account, ...rebuilt })) {
      const { rule, limit } = account
      const most = limit.mostMinor === null ? '' : `, at most ${limit.mostMinor}`
      const detail = `${name}: ${rule}${limit.rule === 'none' ? '' : `, ${limit.rule}`}${most}`
      faults.push({ code: 'rule-broken', detail })
    }
  }
  return faults
}

function trialBalance(sums: ReadonlyMap<string, Sums>): BookCheck['totals'] {
  const totals = new Map<string, { debits: bigint; credits: bigint }>()
  for (const [key, each] of sums) {
    const currency = key.slice(key.lastIndexOf(' ') + 1)
    const total = totals.get(currency) ?? { debits: 0n, credits: 0n }
    totals.set(currency, {
      debits: total.debits + each.debitsPosted,
      credits: total.credits + each.creditsPosted,
    })
  }
  return [...totals].map(([currency, total]) => ({ currency, ...total }))
}
