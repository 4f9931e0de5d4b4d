/** Erasing the personal data of one event, and who has done so. */
import { erasure, newErasure } from '@tillproof/shared/api/erasure.ts'
import { deviceId } from '@tillproof/shared/api/fields.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { ownsDevice } from '../devices/reading.ts'
import { unknownDevice } from '../devices/routes.ts'
import { type ErasureRefusal, eraseSealed } from './erase.ts'
import { listErasures } from './erasures.ts'

/** @param orderSigner the receipt key, which machines know */
export function eraseRoutes(orderSigner: Signer): Route[] {
  return [eraseRoute(orderSigner), listRoute()]
}

/** Who asked for an erasure is nobody else's business; that it was done, the event says to all. */
const OPERATORS = { roles: ['admin'], kinds: ['operator'] } as const
const byId = z.object({ id: deviceId })

function eraseRoute(orderSigner: Signer): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/devices/:id/erasures',
    summary: 'Erase the sealed part of an event, here and on the machine',
    access: OPERATORS,
    params: byId,
    body: newErasure,
    response: erasure,
    async handle({ db, session, params: { id }, body }) {
      const done = await db.withSystem(async tx => {
        if (!(await ownsDevice(tx, session.organisation.id, id))) return undefined
        const { epoch, ...asked } = body
        const request = { ...asked, deviceId: id, requestedBy: session.userId }
        return eraseSealed(tx, orderSigner, epoch === undefined ? request : { ...request, epoch })
      })
      if (done === undefined) return unknownDevice
      if (!done.ok) return refusals[done.refused]
      const [found] = await db.withSystem(tx => listErasures(tx, id, body))
      return found ?? unknownDevice
    },
  })
}

function listRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices/:id/erasures',
    summary: 'What was erased of a machine’s events, by whom and why',
    access: OPERATORS,
    params: byId,
    response: z.object({ items: z.array(erasure) }),
    async handle({ db, session, params: { id } }) {
      const items = await db.withSystem(async tx =>
        (await ownsDevice(tx, session.organisation.id, id)) ? listErasures(tx, id) : undefined,
      )
      return items === undefined ? unknownDevice : { items }
    },
  })
}

const refusals = {
  'no-such-event': problem(
    404,
    'erasure.no-such-event',
    'The cloud holds no such event of this machine.',
    'Compare index and epoch with the list of its events; what has not arrived is erased there.',
  ),
  'nothing-sealed': problem(
    409,
    'erasure.nothing-sealed',
    'This event has no sealed part.',
    'Look at the event: personal data stands in sealed parts alone.',
  ),
} satisfies Record<ErasureRefusal, unknown>
