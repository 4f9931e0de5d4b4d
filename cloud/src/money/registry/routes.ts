/** One version of an agreement with its signatures, and where it is registered. */
import { id } from '@tillproof/shared/api/fields.ts'
import { agreementVersion } from '@tillproof/shared/api/registrations.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { findVersion } from '../agreements/store.ts'
import { findRegistration } from './store.ts'

export function registryRoutes(): Route[] {
  const version = defineRoute({
    method: 'get',
    path: '/api/v1/agreements/:id/versions/:version',
    summary: 'One version of an agreement, its signatures, and where it is registered',
    access: 'session',
    params: z.object({ id, version: z.coerce.number().int().min(1).max(1_000_000) }),
    response: agreementVersion,
    async handle({ db, session, params }) {
      const found = await db.withTenant(session.organisation.id, async tx => {
        const agreement = await findVersion(tx, params.id, params.version)
        if (agreement === undefined) return undefined
        const registration = await findRegistration(tx, params.id, params.version)
        return { ...agreement, registration }
      })
      return found ?? unknown
    },
  })
  return [version]
}

const unknown = problem(
  404,
  'agreement.unknown',
  'There is no such version, or your organisation is no party of it.',
  'Choose one from the list of agreements.',
)
