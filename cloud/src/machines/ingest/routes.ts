/** What a machine said, event by event. */
import { deviceId, listOf, page } from '@tillproof/shared/api/fields.ts'
import { deviceEvent } from '@tillproof/shared/api/machines.ts'
import { z } from 'zod'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { type Cursor, eventsBefore, NEWEST } from './reading.ts'

/** `<epoch>.<index>` of the oldest event already shown. */
const eventPage = page.extend({
  before: z
    .string()
    .regex(/^\d{1,9}\.\d{1,15}$/)
    .optional(),
})

export function ingestRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/:id/events',
      summary: 'The events of a machine, newest first',
      access: 'session',
      params: z.object({ id: deviceId }),
      query: eventPage,
      response: listOf(deviceEvent),
      async handle({ db, session, params, query }) {
        const items = await db.withTenant(session.organisation.id, tx =>
          eventsBefore(tx, params.id, cursorOf(query.before), query.limit),
        )
        const last = items.at(-1)
        const more = items.length === query.limit && last !== undefined
        return { items, next: more ? `${last.epoch}.${last.index}` : null }
      },
    }),
  ]
}

function cursorOf(text: string | undefined): Cursor {
  const [epoch, index] = text?.split('.') ?? []
  return index === undefined ? NEWEST : { epoch: Number(epoch), index: Number(index) }
}
