/** The ledger over HTTP: accounts, and the checker's word on a book. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { account, ledgerCheck } from '@tillproof/shared/api/money.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { defineRoute, type Route, type Session } from '../../platform/http/route.ts'
import { type BookCheck, checkBook } from './check.ts'
import { visibleAccounts } from './reading.ts'

export function ledgerRoutes({ clock }: { clock: () => number }): Route[] {
  return [accounts(), check(clock)]
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
