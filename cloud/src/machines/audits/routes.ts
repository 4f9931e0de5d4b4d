/** Asking a machine for its audit now, and what came of it. */
import { auditOrder } from '@tillproof/shared/api/audits.ts'
import { deviceId } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { ownsDevice } from '../devices/reading.ts'
import { unknownDevice } from '../devices/routes.ts'
import { listOrders, openOrder } from './store.ts'

export function auditRoutes(): Route[] {
  return [orderRoute(), listRoute()]
}

const OPERATORS = { roles: ['admin', 'installer'], kinds: ['operator'] } as const
const byId = z.object({ id: deviceId })

/** Never a collection: that begins a new interval, and is for who stands before the machine. */
function orderRoute(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/devices/:id/audits',
    summary: 'Ask the machine for its audit now; asked twice it is the same order',
    access: OPERATORS,
    params: byId,
    response: auditOrder,
    async handle({ db, session, params: { id } }) {
      const asked = { operatorId: session.organisation.id, deviceId: id, userId: session.userId }
      const [found] = await db.withSystem(async tx => {
        const order = await openOrder(tx, asked)
        return order === undefined ? [] : listOrders(tx, id, order)
      })
      return found ?? unknownDevice
    },
  })
}

function listRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices/:id/audits',
    summary: 'Audits that were asked for from afar, newest first',
    access: OPERATORS,
    params: byId,
    response: z.object({ items: z.array(auditOrder) }),
    async handle({ db, session, params: { id } }) {
      const items = await db.withSystem(async tx =>
        (await ownsDevice(tx, session.organisation.id, id)) ? listOrders(tx, id) : undefined,
      )
      return items === undefined ? unknownDevice : { items }
    },
  })
}
