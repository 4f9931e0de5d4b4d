/** The parties of this cloud, by name. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { organisation } from '@tillproof/shared/api/people.ts'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { listOrganisations } from './store.ts'

export function organisationRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/organisations',
      summary: 'The organisations of this cloud',
      access: 'session',
      response: listOf(organisation),
      async handle({ db, session }) {
        const items = await db.withTenant(session.organisation.id, listOrganisations)
        return { items, next: null }
      },
    }),
  ]
}
