/** An operator lets a lender (or any other organisation) see its machines, and ends that again. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { grant, newGrant } from '@tillproof/shared/api/people.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { insertGrant, listGrants, organisationExists, ownsDevice, revokeGrant } from './store.ts'

const OPERATORS_ADMIN = { roles: ['admin'], kinds: ['operator'] } as const

export function grantRoutes(): Route[] {
  return [create(), list(), revoke()]
}

function create(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/grants',
    summary: 'Let another organisation see machines',
    access: OPERATORS_ADMIN,
    body: newGrant,
    response: grant,
    status: 201,
    async handle({ db, session, body }) {
      const operatorId = session.organisation.id
      if (body.granteeId === operatorId) return notToOneself()
      if (body.until !== undefined && Date.parse(body.until) <= Date.now()) return over()
      const made = await db.withTenant(operatorId, async tx => {
        const { granteeId, deviceId, scope, until } = body
        if (!(await organisationExists(tx, granteeId))) return noOrganisation()
        if (deviceId !== undefined && !(await ownsDevice(tx, operatorId, deviceId))) {
          return noDevice()
        }
        const createdBy = session.userId
        return insertGrant(tx, { operatorId, granteeId, deviceId, scope, until, createdBy })
      })
      return made ?? noOrganisation()
    },
  })
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/grants',
    summary: 'Grants given and received',
    access: 'session',
    response: listOf(grant),
    async handle({ db, session }) {
      return { items: await db.withTenant(session.organisation.id, listGrants), next: null }
    },
  })
}

function revoke(): Route {
  return defineRoute({
    method: 'delete',
    path: '/api/v1/grants/:id',
    summary: 'End a grant now',
    access: OPERATORS_ADMIN,
    params: z.object({ id }),
    response: grant,
    async handle({ db, session, params }) {
      const operatorId = session.organisation.id
      const ended = await db.withTenant(operatorId, tx => revokeGrant(tx, operatorId, params.id))
      return ended ?? problem(404, 'grant.unknown', 'There is no such grant.', 'Reload the list.')
    },
  })
}

function notToOneself() {
  return problem(
    400,
    'grant.to-oneself',
    'An operator sees its own machines already.',
    'Choose another organisation.',
  )
}

function over() {
  return problem(
    400,
    'grant.over',
    'The grant would end before it begins.',
    'Choose a later end or none.',
  )
}

function noDevice() {
  return problem(
    404,
    'device.unknown',
    'You have no such machine.',
    'Choose one from the list, or none to grant all.',
  )
}

function noOrganisation() {
  return problem(
    404,
    'organisation.unknown',
    'There is no such organisation.',
    'Choose one from the list.',
  )
}
