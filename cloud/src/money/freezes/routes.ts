/** Orders to freeze over HTTP: recorded and lifted by whose office it is. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { freezeOrder, freezeRelease, newFreezeOrder } from '@tillproof/shared/api/freezes.ts'
import { z } from 'zod'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import { type FreezeRefusal, liftOrder, recordOrder } from './freeze.ts'
import { listOrders, toView } from './store.ts'

const OFFICE = { roles: ['admin'], kinds: ['platform', 'operator'] } as const

export function freezeRoutes({ clock }: { clock: () => number }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/freeze-orders',
      summary: 'Orders that keep a party’s share from it, newest first',
      access: 'session',
      query: z.object({ book: id.optional() }),
      response: listOf(freezeOrder),
      async handle({ db, session, query }) {
        const { organisation } = session
        const rows = await (organisation.kind === 'platform'
          ? db.withSystem(tx => listOrders(tx, query.book ?? null))
          : db.withTenant(organisation.id, tx => listOrders(tx, query.book ?? null)))
        return { items: rows.map(toView), next: null }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/freeze-orders',
      summary: 'Record an order of a court, or of the platform, to freeze a party’s share',
      access: OFFICE,
      body: newFreezeOrder,
      response: freezeOrder,
      status: 201,
      async handle({ db, session, body }) {
        const recorded = await db.withSystem(tx => recordOrder(tx, body, session, clock()))
        return 'ok' in recorded ? toView(recorded.ok) : refusals[recorded.refused]
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/freeze-orders/:id/release',
      summary: 'Lift an order; what it kept is released',
      access: OFFICE,
      params: z.object({ id }),
      body: freezeRelease,
      response: freezeOrder,
      async handle({ db, session, params, body }) {
        const lifted = await db.withSystem(tx => liftOrder(tx, params.id, body.document, session))
        return 'ok' in lifted ? toView(lifted.ok) : refusals[lifted.refused]
      },
    }),
  ]
}

const refusals: Record<FreezeRefusal, Refused> = {
  'not-yours': problem(
    403,
    'freeze.not-yours',
    'An operator carries out what a court orders about others in its own book.',
    'Ask the platform to record or lift it.',
  ),
  'not-a-party': problem(
    409,
    'freeze.not-a-party',
    'No agreement of this book names that organisation.',
    'Choose a party of the book.',
  ),
  backwards: problem(
    400,
    'freeze.backwards',
    'An order begins now or later, and ends after it begins.',
    'Correct its times.',
  ),
  unknown: problem(404, 'freeze.unknown', 'There is no such order.', 'Reload the list.'),
  lifted: problem(409, 'freeze.lifted', 'It was lifted before.', 'Reload the list.'),
}
