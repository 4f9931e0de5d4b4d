/** Counts of cash boxes over HTTP: stated by the operator's people, seen by who sees the money. */
import { randomUUID } from 'node:crypto'
import { boxCount, newBoxCount } from '@tillproof/shared/api/cash.ts'
import { deviceId, listOf, page } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { findCount, insertCount, lastCountedAt, listCounts } from './reading.ts'

/** Clocks of people and cloud may differ by so much. */
const CLOCKS_MS = 300_000

export function boxCountRoutes({ clock }: { clock: () => number }): Route[] {
  return [state(clock), list()]
}

function state(clock: () => number): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/devices/:id/box-counts',
    summary: 'State what was counted in the cash box of a machine',
    access: { roles: ['admin', 'installer'], kinds: ['operator'] },
    params: z.object({ id: deviceId }),
    body: newBoxCount,
    response: boxCount,
    status: 201,
    async handle({ db, session, params, body }) {
      if (Date.parse(body.countedAt) > clock() + CLOCKS_MS) return inFuture
      const by = { id: randomUUID(), deviceId: params.id, userId: session.userId }
      return db.withTenant(session.organisation.id, async tx => {
        const last = await lastCountedAt(tx, params.id, body.amount.currency)
        if (last !== undefined && last >= new Date(body.countedAt)) return notNewest
        if (!(await insertCount(tx, by, body))) return unknown
        return (await findCount(tx, by.id)) ?? unknown
      })
    },
  })
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices/:id/box-counts',
    summary: 'Counts of the cash box of a machine, newest first',
    access: 'session',
    params: z.object({ id: deviceId }),
    query: page,
    response: listOf(boxCount),
    async handle({ db, session, params, query: { before, limit } }) {
      const at = before === undefined ? null : new Date(before)
      if (at !== null && Number.isNaN(at.getTime())) return badCursor
      const items = await db.withTenant(session.organisation.id, tx =>
        listCounts(tx, params.id, { before: at, limit }),
      )
      const last = items.length === limit ? items.at(-1) : undefined
      return { items, next: last?.countedAt ?? null }
    },
  })
}

const unknown = problem(
  404,
  'device.unknown',
  'There is no such machine of yours.',
  'Choose one of your machines.',
)
const inFuture = problem(
  400,
  'box-count.in-future',
  'The count is dated in the future.',
  'State when the box was counted.',
)
const notNewest = problem(
  409,
  'box-count.not-newest',
  'A later count of this box has been stated.',
  'State counts in the order in which they were made.',
)
const badCursor = problem(
  400,
  'page.cursor',
  'This is not a page of the list.',
  'Begin with the first page.',
)
