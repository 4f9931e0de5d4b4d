/** Open items over HTTP: seen by whoever sees the money, closed and reopened by the operator. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import {
  type OpenItem,
  type OpenItemDetail,
  openItem,
  openItemAgeing,
  openItemClosing,
  openItemDetail,
  openItemQuery,
  openItemReopening,
} from '@tillproof/shared/api/open-items.ts'
import { z } from 'zod'
import type { Db } from '../../platform/db/db.ts'
import {
  defineRoute,
  problem,
  type Refused,
  type Route,
  type Session,
} from '../../platform/http/route.ts'
import * as store from './store.ts'

const OPERATORS = { roles: ['admin'], kinds: ['operator'] } as const

export function openItemRoutes({ clock }: { clock: () => number }): Route[] {
  return [list(), ageing(clock), show(), close(), reopen()]
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/open-items',
    summary: 'What did not meet its counterpart or its rule, oldest first',
    access: 'session',
    query: openItemQuery,
    response: listOf(openItem),
    async handle({ db, session, query }) {
      const after = query.before === undefined ? null : readCursor(query.before)
      if (after === undefined) return badCursor()
      const { state, limit, reason = null, deviceId = null, ageBucket = null } = query
      const page = { bookId: null, state, limit, reason, deviceId, ageBucket, after }
      const rows = await db.withTenant(session.organisation.id, tx => store.listOpenItems(tx, page))
      const last = rows.length === limit ? rows.at(-1) : undefined
      return { items: rows.map(itemOf), next: last ? `${last.openedAtUs}~${last.id}` : null }
    },
  })
}

function ageing(clock: () => number): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/open-items/ageing',
    summary: 'What is open, summed by reason, age and currency',
    access: 'session',
    response: openItemAgeing,
    async handle({ db, session }) {
      const rows = await db.withTenant(session.organisation.id, store.sumByAge)
      const lines = rows.map(row => ({
        ...row,
        items: Number(row.items),
        amountMinor: String(row.amountMinor),
      }))
      return { asOf: new Date(clock()).toISOString(), lines }
    },
  })
}

function show(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/open-items/:id',
    summary: 'One open item with its history',
    access: 'session',
    params: z.object({ id }),
    response: openItemDetail,
    handle: ({ db, session, params }) => detailOf(db, session, params.id),
  })
}

function close(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/open-items/:id/close',
    summary: 'Close an open item with a reason and a note',
    access: OPERATORS,
    params: z.object({ id }),
    body: openItemClosing,
    response: openItemDetail,
    async handle({ db, session, params, body }) {
      const step = { id: params.id, userId: session.userId, ...body }
      const isClosed = await db.withTenant(session.organisation.id, tx =>
        store.closeByPerson(tx, step),
      )
      return answer(await detailOf(db, session, params.id), isClosed, notOpen)
    },
  })
}

function reopen(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/open-items/:id/reopen',
    summary: 'Take back the closing of an open item',
    access: OPERATORS,
    params: z.object({ id }),
    body: openItemReopening,
    response: openItemDetail,
    async handle({ db, session, params, body }) {
      const step = { id: params.id, userId: session.userId, ...body }
      const isReopened = await db.withTenant(session.organisation.id, tx =>
        store.reopenByPerson(tx, step),
      )
      return answer(await detailOf(db, session, params.id), isReopened, notClosed)
    },
  })
}

/** What one does not see is unknown, whatever else would keep the step from being taken. */
const answer = <T extends object>(detail: T, isDone: boolean, otherwise: Refused): T | Refused =>
  isDone || 'refused' in detail ? detail : otherwise

async function detailOf(
  db: Db,
  session: Session,
  itemId: string,
): Promise<OpenItemDetail | Refused> {
  const found = await db.withTenant(session.organisation.id, async tx => {
    const row = await store.findOpenItem(tx, itemId)
    return row && { row, steps: await store.listSteps(tx, itemId) }
  })
  if (found === undefined) return unknown
  const { row, steps } = found
  const names = await db.withSystem(tx => store.namesOf(tx, steps))
  const opened = { step: 'opened', by: null, reason: null, note: null } as const
  const history = steps.map(({ userId, at, ...step }) => ({
    ...step,
    at: at.toISOString(),
    by: userId === null ? null : { userId, name: names.get(userId) ?? '' },
  }))
  return { ...itemOf(row), history: [{ ...opened, at: row.openedAt.toISOString() }, ...history] }
}

const itemOf = ({ amountMinor, currency, ...row }: store.OpenItemRow): OpenItem => ({
  ...row,
  amount:
    amountMinor === null || currency === null
      ? null
      : { amountMinor: String(amountMinor), currency },
  openedAt: row.openedAt.toISOString(),
  closedAt: row.closedAt?.toISOString() ?? null,
})

/** undefined when the text is not one of our cursors. */
function readCursor(text: string): store.OpenItemPage['after'] | undefined {
  const [us = '', itemId = ''] = text.split('~')
  const isOurs = /^-?\d{1,18}$/.test(us) && id.safeParse(itemId).success
  return isOurs ? { openedAtUs: BigInt(us), id: itemId } : undefined
}

const badCursor = () =>
  problem(400, 'page.cursor', 'This is not a page of the list.', 'Begin with the first page.')

const unknown = problem(
  404,
  'open-item.unknown',
  'There is no such open item of yours.',
  'Reload the list.',
)
const notOpen = problem(
  409,
  'open-item.closed',
  'It has been closed meanwhile.',
  'Look at its history; it can be reopened.',
)
const notClosed = problem(
  409,
  'open-item.not-closed-by-a-person',
  'It is open, or was settled by itself.',
  'Only what a person closed can be reopened.',
)
