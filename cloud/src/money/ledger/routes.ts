/** The ledger over HTTP: accounts, batches as they were hashed, the checker's word on a book. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { account, type BookBatch, bookBatch, ledgerCheck } from '@tillproof/shared/api/money.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import {
  type BatchHeader,
  batchHeaderBytes,
  journalBytes,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { defineRoute, type Route, type Session } from '../../platform/http/route.ts'
import { type BookCheck, checkBook } from './check.ts'
import { readBatches, readJournals, visibleAccounts } from './reading.ts'

export function ledgerRoutes({ clock }: { clock: () => number }): Route[] {
  return [accounts(), batches(), check(clock)]
}

function accounts(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/accounts',
    summary: 'Accounts and their sums',
    access: 'session',
    response: listOf(account),
    async handle({ db, session }) {
      const rows = await db.withTenant(session.organisation.id, visibleAccounts)
      const items = rows.map(row => ({
        bookId: row.operatorId,
        path: row.path,
        currency: row.currency,
        debitsPosted: row.debitsPosted.toString(),
        creditsPosted: row.creditsPosted.toString(),
        debitsPending: row.debitsPending.toString(),
        creditsPending: row.creditsPending.toString(),
      }))
      return { items, next: null }
    },
  })
}

/** Batches in one answer: 500 journals each, so that it stays within some megabytes. */
const MOST_BATCHES = 10

/** For whoever may see the whole book; somebody else's book has no batches. */
function batches(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ledger/batches',
    summary: 'Batches of a book from a number on, in the bytes that the log commits to',
    access: 'session',
    query: z.object({ book: id, from: z.coerce.bigint().min(1n).default(1n) }),
    response: listOf(bookBatch),
    async handle({ db, session, query: { book, from } }) {
      const items = await db.withTenant(session.organisation.id, async tx => {
        const shown: BookBatch[] = []
        for (const header of await readBatches(tx, book, from, MOST_BATCHES)) {
          shown.push(await withJournals(tx, header))
        }
        return shown
      })
      return { items, next: null }
    },
  })
}

async function withJournals(tx: Tx, header: BatchHeader): Promise<BookBatch> {
  const journals = await readJournals(tx, header.operatorId, header.seq)
  return {
    header: toBase64(batchHeaderBytes(header)),
    journals: journals.map(journal => toBase64(journalBytes(journal))),
  }
}

function check(clock: () => number): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ledger/check',
    summary: 'Rebuild every balance and hash of the book and compare',
    access: { kinds: ['operator', 'platform'] },
    limitPerMinute: 60,
    response: ledgerCheck,
    async handle({ db, session }) {
      const asOf = new Date(clock()).toISOString()
      const books = await booksOf(db, session)
      const checks = await Promise.all(books.map(book => checkBook(db, book)))
      return { asOf, ...summary(checks) }
    },
  })
}

/** An operator's own book; for the platform, all of them. */
async function booksOf(db: Db, { organisation }: Session): Promise<string[]> {
  if (organisation.kind !== 'platform') return [organisation.id]
  const all = (tx: Tx) => tx.query<{ operator_id: string }>('select operator_id from books')
  return (await db.withSystem(all)).map(row => row.operator_id)
}

/** One word over several books: their totals added by currency, all their faults. */
export function summary(checks: readonly BookCheck[]) {
  const totals = new Map<string, { debits: bigint; credits: bigint }>()
  for (const { currency, debits, credits } of checks.flatMap(each => each.totals)) {
    const sum = totals.get(currency) ?? { debits: 0n, credits: 0n }
    totals.set(currency, { debits: sum.debits + debits, credits: sum.credits + credits })
  }
  const faults = checks.flatMap(each => each.faults)
  return {
    balanced: faults.length === 0,
    totals: [...totals].map(([currency, { debits, credits }]) => ({
      currency,
      debits: debits.toString(),
      credits: credits.toString(),
    })),
    faults,
  }
}
