/** Limits of accounts over HTTP: set by the operator, seen by whoever sees the whole book. */
import { accountLimit, newAccountLimit } from '@tillproof/shared/api/account-limits.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { insertLimit, listLimits } from './limits.ts'

const PATH = '/api/v1/account-limits'

export function limitRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: PATH,
      summary: 'Limits that were set on single accounts, each account’s newest',
      access: 'session',
      response: listOf(accountLimit),
      async handle({ db, session }) {
        const limits = await db.withTenant(session.organisation.id, listLimits)
        const items = limits.map(({ setAt, mostMinor, ...limit }) => ({
          ...limit,
          mostMinor: mostMinor === null ? null : String(mostMinor),
          setAt: setAt.toISOString(),
        }))
        return { items, next: null }
      },
    }),
    defineRoute({
      method: 'post',
      path: PATH,
      summary: 'Set, change or lift the limit of one account of one’s own book',
      access: { roles: ['admin'], kinds: ['operator'] },
      body: newAccountLimit,
      async handle({ db, session, body }) {
        const mostMinor = body.mostMinor === null ? null : BigInt(body.mostMinor)
        await db.withTenant(session.organisation.id, tx =>
          insertLimit(tx, { ...body, mostMinor, userId: session.userId }),
        )
        return undefined
      },
    }),
  ]
}
