/** Settlements over HTTP for whoever sees the book, and the bills themselves for the platform. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import {
  type ChannelBill,
  channelBill,
  type Settlement,
  settlement,
} from '@tillproof/shared/api/settlements.ts'
import { z } from 'zod'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { listBills, listSettlements } from './reading.ts'

const query = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) })

export function settlementRoutes(): Route[] {
  return [settlements(), bills()]
}

function settlements(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/settlements',
    summary: 'What payment companies’ bills have settled, newest first',
    access: 'session',
    query,
    response: listOf(settlement),
    async handle({ db, session, query: { limit } }) {
      const rows = await db.withTenant(session.organisation.id, tx => listSettlements(tx, limit))
      const items = rows.map(
        ({ grossMinor, feeMinor, plannedAt, postedAt, journal, refused, ...row }): Settlement => ({
          ...row,
          grossMinor: String(grossMinor),
          feeMinor: String(feeMinor),
          paidOutMinor: String(grossMinor - feeMinor),
          state: refused !== null ? 'refused' : postedAt === null ? 'planned' : 'posted',
          plannedAt: plannedAt.toISOString(),
          postedAt: postedAt?.toISOString() ?? null,
          journalId: journal === null ? null : `${row.bookId}.${journal}`,
        }),
      )
      return { items, next: null }
    },
  })
}

/** A bill is of all operators of its merchant, so no one of them sees it. */
function bills(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/channel-bills',
    summary: 'Payment companies’ bills, unreadable ones and the newest first',
    access: { kinds: ['platform'] },
    query,
    response: listOf(channelBill),
    async handle({ db, query: { limit } }) {
      const rows = await db.withSystem(tx => listBills(tx, limit))
      const items = rows.map(
        ({ askedAt, readAt, ...row }): ChannelBill => ({
          ...row,
          askedAt: askedAt?.toISOString() ?? null,
          readAt: readAt?.toISOString() ?? null,
        }),
      )
      return { items, next: null }
    },
  })
}
