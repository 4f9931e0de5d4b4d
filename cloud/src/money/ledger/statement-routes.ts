/** Statements over HTTP: for the operator and for each party whose account it is. */
import { currency, id, instant, listOf } from '@tillproof/shared/api/fields.ts'
import { balance, statement } from '@tillproof/shared/api/statements.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { ownedOf, readPlace, statementOf, sumsTold } from './statement.ts'
import { balancesAt } from './statement-store.ts'

export function statementRoutes({ clock }: { clock: () => number }): Route[] {
  return [balances(clock), oneStatement()]
}

function balances(clock: () => number): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ledger/balances',
    summary: 'Accounts with what was booked on them before a time, now where none is given',
    access: 'session',
    query: z.object({ at: instant.optional() }),
    response: listOf(balance),
    async handle({ db, session, query }) {
      const at = query.at === undefined ? new Date(clock()) : new Date(query.at)
      const rows = await db.withTenant(session.organisation.id, tx => balancesAt(tx, at))
      const items = rows.map(row => {
        return { ...ownedOf(row), at: at.toISOString(), ...sumsTold(row) }
      })
      return { items, next: null }
    },
  })
}

function oneStatement(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/ledger/statement',
    summary: 'Opening balance, movements and closing balance of an account, newest first',
    access: 'session',
    query: z.object({
      book: id,
      account: z.string().min(1).max(160),
      currency,
      from: instant,
      to: instant,
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
      before: z.string().max(64).optional(),
    }),
    response: statement,
    async handle({ db, session, query }) {
      const [from, to] = [new Date(query.from), new Date(query.to)]
      const before = readPlace(query.before)
      if (from >= to) return badPeriod()
      if (before === undefined) return badCursor()
      const asked = { ...query, from, to, before }
      const told = await db.withTenant(session.organisation.id, tx => statementOf(tx, asked))
      return told ?? noAccount()
    },
  })
}

const noAccount = () =>
  problem(
    404,
    'account.unknown',
    'There is no such account, or it is not yours to see.',
    'Choose one from the list of balances.',
  )

const badPeriod = () =>
  problem(400, 'period.invalid', 'The period is empty.', 'Let it end after it begins.')

const badCursor = () =>
  problem(400, 'page.cursor', 'This is not a page of the list.', 'Begin with the first page.')
