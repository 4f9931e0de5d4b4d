/**
 * The one writer of a book. It holds the balances in memory, turns sources into journals in order,
 * and commits each batch with its link of the hash chain and its leaf for the cloud log.
 * Whatever goes wrong in a transaction leaves an unknown outcome: the writer is then finished, and
 * the next one reads from the database what became of it (design/reliability.md §3).
 */

import { type BookState, tallyKey } from '@tillproof/shared/agreement/state.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import {
  type BatchHeader,
  batchHash,
  type Journal,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { type Account, accountKey } from './account.ts'
import {
  advanceBook,
  applyDraft,
  type Book,
  type BookChange,
  bookState,
  type JournalDraft,
  type NamedTally,
  noChange,
} from './book.ts'
import * as store from './store.ts'
import { readTallies, writeTallies } from './tallies.ts'
import { writeBatch } from './write-batch.ts'

/** One business fact to be booked once. `draft` runs inside the batch, in order, and is pure. */
export type PostingSource = {
  businessId: string
  /** SHA-256 of the facts: the same id with other facts is a conflict, never a second posting. */
  payloadHash: Uint8Array
  currency: string
  draft(state: Omit<BookState, 'transfers'>): JournalDraft
}
export type PostingResult = {
  businessId: string
  outcome: 'posted' | 'exists' | 'conflict' | 'unbalanced' | 'rule-broken'
  /** The journal that stands for the business id now; null when there is none. */
  seq: bigint | null
}
export type BatchResult = { ok: true; results: PostingResult[] } | { refused: 'fenced' }

const SALT_BYTES = 16

export type WriterDeps = {
  db: Db
  /** Names this process; a process that comes back under its own name need not wait. */
  writer: string
  leaseMs: number
  clock: () => number
  randomBytes: (length: number) => Uint8Array
}
export type BookWriter = {
  post(sources: readonly PostingSource[]): Promise<BatchResult>
  /** Gives the book up, so that another writer may take it at once. */
  close(): Promise<void>
}

/** Takes the book; refused while another process holds it. */
export async function openBookWriter(
  deps: WriterDeps,
  operatorId: string,
): Promise<{ ok: true; writer: BookWriter } | { refused: 'held' }> {
  const opened = await deps.db.withSystem(async tx => {
    const head = await store.claimBook(tx, operatorId, deps.writer, deps.leaseMs)
    if (head === undefined) return undefined
    const accounts = await store.readAccounts(tx, operatorId)
    return { head, accounts, tallies: await readTallies(tx, operatorId) }
  })
  if (opened === undefined) return { refused: 'held' }
  const held = {
    operatorId,
    head: opened.head,
    book: bookOf(opened.accounts, opened.tallies, opened.head.accounts),
  }
  return {
    ok: true,
    writer: {
      post: sources => post(deps, held, sources),
      close: () =>
        deps.db.withSystem(tx => store.releaseBook(tx, operatorId, held.head.writerEpoch)),
    },
  }
}

/** What a writer knows of its book; changed after each commit, never before. */
type Held = { operatorId: string; head: store.BookHead; book: Book }

type Batch = {
  bookedAtMs: number
  journals: Journal[]
  /** Of the journals' legs, in order. */
  accountIds: bigint[]
  results: PostingResult[]
  change: BookChange
}

async function post(
  deps: WriterDeps,
  held: Held,
  sources: readonly PostingSource[],
): Promise<BatchResult> {
  const written = await deps.db.withSystem(async tx => {
    const ids = sources.map(source => source.businessId)
    const booked = await store.findBooked(tx, held.operatorId, ids)
    const batch = draftBatch(deps, held, sources, booked)
    if (batch.journals.length === 0) return { batch, header: null }
    const header = headerOf(held, batch)
    return (await commitBatch(tx, deps, held, batch, header)) ? { batch, header } : undefined
  })
  if (written === undefined) return { refused: 'fenced' }
  if (written.header !== null) advance(held, written.batch, written.header)
  return { ok: true, results: written.batch.results }
}

/** Decides each source in order: booked before, conflicting, breaking a rule, or a new journal. */
function draftBatch(
  deps: WriterDeps,
  held: Held,
  sources: readonly PostingSource[],
  booked: readonly store.Booked[],
): Batch {
  const known = new Map(booked.map(each => [each.businessId, each]))
  const batch: Batch = {
    bookedAtMs: deps.clock(),
    journals: [],
    accountIds: [],
    results: [],
    change: noChange(held.book),
  }
  const salts = deps.randomBytes(SALT_BYTES * sources.length)
  for (const source of sources) {
    const { businessId } = source
    const earlier = known.get(businessId)
    if (earlier !== undefined) {
      const outcome = equal(earlier.payloadHash, source.payloadHash) ? 'exists' : 'conflict'
      batch.results.push({ businessId, outcome, seq: earlier.seq })
      continue
    }
    const at = SALT_BYTES * batch.journals.length
    const journal = addJournal(held, batch, source, salts.subarray(at, at + SALT_BYTES))
    if (journal !== undefined) known.set(businessId, journal)
  }
  return batch
}

function addJournal(
  held: Held,
  batch: Batch,
  source: PostingSource,
  salt: Uint8Array,
): Journal | undefined {
  const { businessId, payloadHash } = source
  const draft = source.draft(bookState(held.book, batch.change, source.currency))
  const applied = applyDraft(held.book, batch.change, draft)
  if (!('ok' in applied)) {
    batch.results.push({ businessId, outcome: applied.refused, seq: null })
    return undefined
  }
  const { partyOf: _, tallies: __, ...facts } = draft
  const seq = held.head.journals + BigInt(batch.journals.length) + 1n
  const stamp = { operatorId: held.operatorId, seq, bookedAtMs: batch.bookedAtMs }
  const journal = { ...facts, ...stamp, businessId, payloadHash, salt }
  batch.journals.push(journal)
  batch.accountIds.push(...applied.accountIds)
  batch.results.push({ businessId, outcome: 'posted', seq })
  return journal
}

const headerOf = (held: Held, { journals, bookedAtMs }: Batch): BatchHeader => ({
  operatorId: held.operatorId,
  seq: held.head.batches + 1n,
  firstJournal: held.head.journals + 1n,
  journals: journals.length,
  root: journalsRoot(journals),
  previous: held.head.headHash,
  bookedAtMs,
})

/** False when the fence held us back; nothing was written then. */
async function commitBatch(
  tx: Tx,
  { leaseMs }: WriterDeps,
  held: Held,
  batch: Batch,
  header: BatchHeader,
): Promise<boolean> {
  const touched = [...batch.change.touched.values()]
  const known = (account: Account) =>
    held.book.accounts.get(accountKey(account.path, account.currency))
  const hash = batchHash(header)
  const written = await writeBatch(tx, {
    header,
    hash,
    epoch: held.head.writerEpoch,
    leaseMs,
    journals: batch.journals,
    opened: touched.filter(account => known(account) === undefined),
    added: touched.flatMap(account => difference(account, known(account))),
    accountIds: batch.accountIds,
  })
  if (!written) return false
  await writeTallies(tx, held.operatorId, [...batch.change.tallies.values()])
  const ref = `${header.operatorId}.${header.seq}`
  await stageLeaf(tx, { type: 'posting-batch', body: hash, ref })
  return true
}

function difference(after: Account, before: Account | undefined): Account[] {
  if (before === undefined) return []
  return [
    {
      ...after,
      debitsPosted: after.debitsPosted - before.debitsPosted,
      creditsPosted: after.creditsPosted - before.creditsPosted,
      debitsPending: after.debitsPending - before.debitsPending,
      creditsPending: after.creditsPending - before.creditsPending,
    },
  ]
}

function advance(held: Held, batch: Batch, header: BatchHeader): void {
  advanceBook(held.book, batch.change)
  held.head = {
    ...held.head,
    journals: held.head.journals + BigInt(batch.journals.length),
    batches: header.seq,
    headHash: batchHash(header),
  }
}

const bookOf = (
  accounts: readonly Account[],
  tallies: readonly NamedTally[],
  opened: bigint,
): Book => ({
  accounts: new Map(accounts.map(each => [accountKey(each.path, each.currency), each])),
  tallies: new Map(tallies.map(each => [tallyKey(each.agreementId, each.account), each])),
  nextAccountId: opened + 1n,
})
