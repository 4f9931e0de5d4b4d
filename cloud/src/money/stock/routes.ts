/** Visits over HTTP: stated by the operator's people, seen by whoever sees the machine. */
import { randomUUID } from 'node:crypto'
import { deviceId, listOf } from '@tillproof/shared/api/fields.ts'
import { newStockVisit, type StockVisitView, stockVisit } from '@tillproof/shared/api/stock.ts'
import { checkStock } from '@tillproof/shared/attest/stock.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { insertVisit, lastVisitAt, readVisits, type Visit } from './store.ts'

/** Clocks of people and cloud may differ by so much. */
const CLOCKS_MS = 300_000
const PATH = '/api/v1/devices/:id/stock-counts'

export function stockRoutes({ clock }: { clock: () => number }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: PATH,
      summary: 'State what was found in a machine, filled in and taken out at a visit',
      access: { roles: ['admin', 'installer'], kinds: ['operator'] },
      params: z.object({ id: deviceId }),
      body: newStockVisit,
      response: stockVisit,
      status: 201,
      async handle({ db, session, params, body }) {
        if (Date.parse(body.at) > clock() + CLOCKS_MS) return inFuture
        const by = { id: randomUUID(), deviceId: params.id, userId: session.userId }
        return db.withTenant(session.organisation.id, async tx => {
          const last = await lastVisitAt(tx, params.id)
          if (last !== undefined && last >= new Date(body.at)) return notNewest
          if (!(await insertVisit(tx, by, body))) return unknown
          return viewsOf(await readVisits(tx, params.id)).at(-1) ?? unknown
        })
      },
    }),
    defineRoute({
      method: 'get',
      path: PATH,
      summary: 'Visits to a machine with what they are held against, newest first',
      access: 'session',
      params: z.object({ id: deviceId }),
      response: listOf(stockVisit),
      async handle({ db, session, params }) {
        const visits = await db.withTenant(session.organisation.id, tx => readVisits(tx, params.id))
        return { items: viewsOf(visits).toReversed(), next: null }
      },
    }),
  ]
}

function viewsOf(visits: readonly Visit[]): StockVisitView[] {
  const checks = checkStock(visits)
  return visits.map(({ id, deviceId: device, at, visitor, statedAt, lookedAt, lines }, place) => ({
    ...{ id, visitor },
    deviceId: device,
    at: at.toISOString(),
    statedAt: statedAt.toISOString(),
    lookedAt: lookedAt?.toISOString() ?? null,
    lines: lines.map(line => ({
      ...line,
      check: checks[place]?.find(({ slot }) => slot === line.slot) ?? null,
    })),
  }))
}

const unknown = problem(
  404,
  'device.unknown',
  'There is no such machine of yours.',
  'Choose one of your machines.',
)
const inFuture = problem(
  400,
  'stock.in-future',
  'The visit is dated in the future.',
  'State when the goods were counted.',
)
const notNewest = problem(
  409,
  'stock.not-newest',
  'A later visit to this machine has been stated.',
  'State visits in the order in which they were made.',
)
