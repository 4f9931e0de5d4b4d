/**
 * The one writer of a book. It holds the balances in memory, turns sources into journals in order,
 * and commits each batch with its link of the hash chain and its leaf for the cloud log. While one
 * batch is being committed the next is drafted already, on top of it.
 * Whatever goes wrong in a transaction leaves an unknown outcome: the writer is then finished, with
 * all it had drafted, and the next one reads from the database what became of it
 * (design/reliability.md §3).
 */

import { setImmediate } from 'node:timers/promises'
import { tallyKey } from '@tillproof/shared/agreement/state.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db } from '../../platform/db/db.ts'
import { type Account, accountKey } from './account.ts'
import type { Book, NamedTally } from './book.ts'
import {
  type DraftDeps,
  type DraftedBatch,
  draftSteps,
  type HeldBook,
  type PostingResult,
  type PostingSource,
} from './draft-batch.ts'
import { readFreezes } from './freezes.ts'
import { readLimits } from './limits.ts'
import { readPendings } from './open-pendings.ts'
import type { Pending } from './pending.ts'
import * as store from './store.ts'
import { readTallies } from './tallies.ts'
import { type BatchRows, type BatchWrite, rowsOf, writeBatch } from './write-batch.ts'

export type BatchResult = { ok: true; results: PostingResult[] } | { refused: 'fenced' }

export type WriterDeps = DraftDeps & {
  db: Db
  /** Names this process; a process that comes back under its own name need not wait. */
  writer: string
}
export type BookWriter = {
  /** Batches are booked in the order of the calls, of which two at a time are worth while. */
  post(sources: readonly PostingSource[]): Promise<BatchResult>
  /** Gives the book up when all is written, so that another writer may take it at once. */
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
    const tallies = await readTallies(tx, operatorId)
    return { head, accounts, tallies, pendings: await readPendings(tx, operatorId) }
  })
  if (opened === undefined) return { refused: 'held' }
  const held = { operatorId, head: opened.head, book: bookOf(opened) }
  return { ok: true, writer: writerOf(deps, held) }
}

function writerOf(deps: WriterDeps, held: HeldBook): BookWriter {
  const { operatorId, head } = held
  /** The one before: drafted, and then written or not. Neither ever fails. */
  let drafted: Promise<boolean> = Promise.resolve(true)
  let written: Promise<boolean> = Promise.resolve(true)
  /** Drafted and perhaps not in the database yet, in the order of the book. */
  const onTheirWay = new Set<BatchWrite>()

  /** In turn; undefined when a batch before this one was lost, and this one's ground with it. */
  async function draft(
    isGround: Promise<boolean>,
    sources: readonly PostingSource[],
  ): Promise<DraftedBatch | undefined> {
    if (!(await isGround)) return undefined
    const before = [...onTheirWay].flatMap(({ journals }) => journals)
    const ids = sources.map(source => source.businessId)
    const ground = await deps.db.withSystem(async tx => ({
      booked: await store.findBooked(tx, operatorId, ids),
      orders: await readFreezes(tx, operatorId),
      limits: await readLimits(tx, operatorId),
    }))
    const booked = [...ground.booked, ...before]
    const batch = await inTurns(draftSteps(deps, held, sources, { ...ground, booked }))
    if (batch.write !== null) onTheirWay.add(batch.write)
    return batch
  }

  async function commit(
    isGround: Promise<boolean>,
    drafting: Promise<DraftedBatch | undefined>,
  ): Promise<BatchResult> {
    const batch = await drafting
    const rows = batch?.write && rowsOf(batch.write)
    if (!(await isGround) || batch === undefined) return { refused: 'fenced' }
    const { write, results } = batch
    if (write === null || !rows) {
      return (await isStillTrue(results)) ? { ok: true, results } : { refused: 'fenced' }
    }
    if (!(await commitBatch(deps.db, write, rows))) return { refused: 'fenced' }
    onTheirWay.delete(write)
    return { ok: true, results }
  }

  /** What is booked stays so; a refusal is by balances that may be another writer's by now. */
  async function isStillTrue(results: readonly PostingResult[]): Promise<boolean> {
    if (results.every(each => each.seq !== null)) return true
    return deps.db.withSystem(tx => store.isHeldAt(tx, operatorId, head.writerEpoch))
  }

  return {
    post(sources) {
      const drafting = draft(drafted, sources)
      const committing = commit(written, drafting)
      drafted = drafting.then(batch => batch !== undefined, lost)
      written = committing.then(result => 'ok' in result, lost)
      return committing
    },
    async close() {
      await written
      await deps.db.withSystem(tx => store.releaseBook(tx, operatorId, head.writerEpoch))
    },
  }
}

type StoredBook = {
  head: store.BookHead
  accounts: readonly Account[]
  tallies: readonly NamedTally[]
  pendings: readonly Pending[]
}

const lost = (): boolean => false

/** Gives way between the steps, when the database's answers about the batch before come in. */
async function inTurns<T>(steps: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await setImmediate()
  }
}

/** False when the fence held us back; nothing was written then. */
function commitBatch(db: Db, write: BatchWrite, rows: BatchRows): Promise<boolean> {
  return db.withSystem(async tx => {
    if (!(await writeBatch(tx, write, rows))) return false
    const { operatorId, seq } = write.header
    await stageLeaf(tx, { type: 'posting-batch', body: write.hash, ref: `${operatorId}.${seq}` })
    return true
  })
}

const bookOf = ({ head, accounts, tallies, pendings }: StoredBook): Book => ({
  accounts: new Map(accounts.map(each => [accountKey(each.path, each.currency), each])),
  tallies: new Map(tallies.map(each => [tallyKey(each.agreementId, each.account), each])),
  pendings: new Map(pendings.map(each => [each.id, each])),
  // Read with each batch, because people record them at any time.
  freezes: new Map(),
  nextAccountId: head.accounts + 1n,
})
