/** Incidents: seen by whoever sees the machine, closed by its operator with a reason. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { incident } from '@tillproof/shared/api/machines.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { closeIncident, listIncidents } from './reading.ts'

export function incidentRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/incidents',
      summary: 'Incidents of the machines one may see, open ones first',
      access: 'session',
      response: listOf(incident),
      async handle({ db, session }) {
        return { items: await db.withTenant(session.organisation.id, listIncidents), next: null }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/incidents/:id/closure',
      summary: 'Close an incident with a reason',
      access: { roles: ['admin'], kinds: ['operator'] },
      params: z.object({ id }),
      body: z.object({ reason: z.string().min(1).max(400) }),
      response: incident,
      async handle({ db, session, params, body }) {
        const closed = await db.withTenant(session.organisation.id, tx =>
          closeIncident(tx, { id: params.id, userId: session.userId, reason: body.reason }),
        )
        return closed ?? unknown
      },
    }),
  ]
}

const unknown = problem(
  404,
  'incident.unknown',
  'There is no such open incident of yours.',
  'Reload the list.',
)
