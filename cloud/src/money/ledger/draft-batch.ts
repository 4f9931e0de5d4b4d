/**
 * Drafts the next batch of a book from what its writer knows: which sources become journals, in
 * what order, and what that makes of the accounts. Nothing is read or written; the book in memory
 * is afterwards as the batch will leave it.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import {
  type BatchHeader,
  batchHash,
  type Journal,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { type Account, type AccountLimit, accountKey } from './account.ts'
import {
  type Applied,
  advanceBook,
  applyDraft,
  type Book,
  type BookChange,
  bookState,
  type DraftState,
  type JournalDraft,
  noChange,
} from './book.ts'
import { newlyPlaced, placeFreezes, type RecordedFreeze } from './freezes.ts'
import { limited } from './limits.ts'
import type { Booked, BookHead } from './store.ts'
import type { BatchWrite } from './write-batch.ts'

/** One business fact to be booked once. `draft` runs inside the batch, in order, and is pure. */
export type PostingSource = {
  businessId: string
  /** SHA-256 of the facts: the same id with other facts is a conflict, never a second posting. */
  payloadHash: Uint8Array
  currency: string
  draft(state: DraftState): JournalDraft | { refused: DraftRefusal }
}
/** Out of the term of a pending transfer, none of that name is open, or there is nothing to do. */
export type DraftRefusal = 'not-pending' | 'too-early' | 'too-late' | 'nothing-due'
type Refusal = Extract<Applied, { refused: unknown }>['refused'] | DraftRefusal
export type PostingResult = {
  businessId: string
  outcome: 'posted' | 'exists' | 'conflict' | Refusal
  /** The journal that stands for the business id now; null when there is none. */
  seq: bigint | null
}

/** What a writer knows of its book: as the last batch it drafted will leave it. */
export type HeldBook = { operatorId: string; head: BookHead; book: Book }

export type DraftDeps = {
  leaseMs: number
  clock: () => number
  randomBytes: (length: number) => Uint8Array
}
/** `write` is null when no source became a journal. */
export type DraftedBatch = { results: PostingResult[]; write: BatchWrite | null }

const SALT_BYTES = 16

/** What the database says of the sources of a batch, and of orders to freeze. */
export type BatchGround = {
  /** Of these sources, those that the book holds or that are on their way into it. */
  booked: readonly Booked[]
  /** Orders that are not over, as far as the database knows. */
  orders: readonly RecordedFreeze[]
  /** The newest limit that was set on each account. */
  limits: ReadonlyMap<string, AccountLimit>
}

/** Between these many sources others get their turn: the batch before is being written then. */
const SOURCES_A_STEP = 32

/**
 * Decides each source in order: booked before, conflicting, breaking a rule, or a new journal.
 * In steps, between which nothing else may be drafted on this book.
 */
export function* draftSteps(
  deps: DraftDeps,
  held: HeldBook,
  sources: readonly PostingSource[],
  { booked, orders, limits }: BatchGround,
): Generator<void, DraftedBatch, void> {
  const known = new Map(booked.map(each => [each.businessId, each]))
  const bookedAtMs = deps.clock()
  const place = { seq: held.head.journals + 1n, atMs: bookedAtMs }
  const freezes = placeFreezes(held.book.freezes, orders, place)
  const batch: Batch = {
    bookedAtMs,
    journals: [],
    accountIds: [],
    excerpts: [],
    results: [],
    change: { ...noChange(held.book), ...limited(held.book, limits), freezes },
  }
  const salts = deps.randomBytes(SALT_BYTES * sources.length)
  for (const [at, source] of sources.entries()) {
    if (at % SOURCES_A_STEP === SOURCES_A_STEP - 1) yield
    const { businessId } = source
    const earlier = known.get(businessId)
    if (earlier !== undefined) {
      const outcome = equal(earlier.payloadHash, source.payloadHash) ? 'exists' : 'conflict'
      batch.results.push({ businessId, outcome, seq: earlier.seq })
      continue
    }
    const salt = salts.subarray(SALT_BYTES * at, SALT_BYTES * (at + 1))
    const journal = addJournal(held, batch, source, salt)
    if (journal !== undefined) known.set(businessId, journal)
  }
  const { results } = batch
  if (batch.journals.length === 0) return { results, write: null }
  yield
  const write = writeOf(deps, held, batch)
  advance(held, batch.change, write)
  return { results, write }
}

type Batch = {
  bookedAtMs: number
  journals: Journal[]
  /** Of the journals' legs, in order. */
  accountIds: bigint[]
  excerpts: BatchWrite['excerpts']
  results: PostingResult[]
  change: BookChange
}

function addJournal(
  held: HeldBook,
  batch: Batch,
  source: PostingSource,
  salt: Uint8Array,
): Journal | undefined {
  const { businessId, payloadHash } = source
  const draft = source.draft(bookState(held.book, batch.change, source.currency))
  if ('refused' in draft) return refuse(batch, businessId, draft.refused)
  const applied = applyDraft(held.book, batch.change, businessId, draft)
  if (!('ok' in applied)) return refuse(batch, businessId, applied.refused)
  const { partyOf: _, tallies: __, untilMs: ___, excerpt = null, ...facts } = draft
  const seq = held.head.journals + BigInt(batch.journals.length) + 1n
  const stamp = { operatorId: held.operatorId, seq, bookedAtMs: batch.bookedAtMs }
  const { legs } = applied
  const journal = { ...facts, ...stamp, legs, businessId, payloadHash, salt }
  batch.journals.push(journal)
  batch.accountIds.push(...applied.accountIds)
  if (excerpt !== null) batch.excerpts.push({ seq, excerpt })
  batch.results.push({ businessId, outcome: 'posted', seq })
  return journal
}

function refuse({ results }: Batch, businessId: string, outcome: Refusal): undefined {
  results.push({ businessId, outcome, seq: null })
}

function writeOf({ leaseMs }: DraftDeps, held: HeldBook, batch: Batch): BatchWrite {
  const header = headerOf(held, batch)
  const touched = [...batch.change.touched.values()]
  const known = (account: Account) =>
    held.book.accounts.get(accountKey(account.path, account.currency))
  return {
    header,
    hash: batchHash(header),
    epoch: held.head.writerEpoch,
    leaseMs,
    journals: batch.journals,
    opened: touched.filter(account => known(account) === undefined),
    added: touched.flatMap(account => difference(account, known(account))),
    accountIds: batch.accountIds,
    excerpts: batch.excerpts,
    tallies: [...batch.change.tallies.values()],
    pendings: batch.change.pendings,
    freezes: newlyPlaced(held.book.freezes, batch.change.freezes),
  }
}

const headerOf = (held: HeldBook, { journals, bookedAtMs }: Batch): BatchHeader => ({
  operatorId: held.operatorId,
  seq: held.head.batches + 1n,
  firstJournal: held.head.journals + 1n,
  journals: journals.length,
  root: journalsRoot(journals),
  previous: held.head.headHash,
  bookedAtMs,
})

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

function advance(held: HeldBook, change: BookChange, { header, hash, journals }: BatchWrite): void {
  advanceBook(held.book, change)
  held.head = {
    ...held.head,
    journals: held.head.journals + BigInt(journals.length),
    batches: header.seq,
    headHash: hash,
  }
}
