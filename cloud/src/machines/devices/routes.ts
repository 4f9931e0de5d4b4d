/** Enrolment slips for operators, the claim for machines, the registry for whoever may see it. */
import { deviceId, listOf, page } from '@tillproof/shared/api/fields.ts'
import * as api from '@tillproof/shared/api/machines.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { hashCode, newCode } from './code.ts'
import { claim, type EnrolmentDeps } from './enrolment.ts'
import { enrolmentRefusals } from './errors.ts'
import { findDevice, listContacts, listDevices, ownsDevice, retireDevice } from './reading.ts'
import { insertEnrolment, revokeCertificates } from './store.ts'

export type DeviceRoutesDeps = {
  enrolment: EnrolmentDeps
  /** Where machines reach this cloud over HTTP; printed on slips. */
  publicUrl: string
  /** What a claim is told about the rest of the way. */
  claimFacts: Omit<api.Claim, 'claimCertificatePem'>
}

const CLAIMS_PER_MINUTE = 60
const INSTALLERS = { roles: ['admin', 'installer'], kinds: ['operator'] } as const
const byId = z.object({ id: deviceId })

export function deviceRoutes(deps: DeviceRoutesDeps): Route[] {
  return [createEnrolment(deps), claimEnrolment(deps), list(), find(), contacts(), retire()]
}

function createEnrolment({ enrolment: { secret }, publicUrl }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/enrolments',
    summary: 'Make an enrolment slip with a one-time code',
    access: INSTALLERS,
    body: api.newEnrolment,
    response: api.enrolment,
    status: 201,
    async handle({ db, session, body }) {
      const operatorId = session.organisation.id
      const code = newCode()
      const made = await db.withTenant(operatorId, async tx => {
        const { replaces } = body
        if (replaces !== undefined && !(await ownsDevice(tx, operatorId, replaces))) return []
        const row = { operatorId, codeHash: hashCode(code, secret), createdBy: session.userId }
        return insertEnrolment(tx, { ...body, ...row, replaces })
      })
      const [row] = made
      if (row === undefined) return unknownDevice
      const { label, kind, site } = body
      const expiresAt = row.expires_at.toISOString()
      return { id: row.id, code, server: publicUrl, label, kind, site, expiresAt }
    },
  })
}

function claimEnrolment({ enrolment, claimFacts }: DeviceRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/enrolments/claim',
    summary: 'Exchange a one-time code for a claim certificate',
    access: 'public',
    limitPerMinute: CLAIMS_PER_MINUTE,
    body: api.claimRequest,
    response: api.claim,
    status: 201,
    async handle({ body }) {
      const claimed = await claim(enrolment, body)
      if (claimed.ok) return { ...claimFacts, claimCertificatePem: claimed.certificatePem }
      const { status, title, next } = enrolmentRefusals[claimed.refused]
      return problem(status, `enrolment.${claimed.refused}`, title, next)
    },
  })
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices',
    summary: 'The machines one may see',
    access: 'session',
    query: page,
    response: listOf(api.device),
    async handle({ db, session, query: { limit, before = '' } }) {
      const items = await db.withTenant(session.organisation.id, tx =>
        listDevices(tx, { after: before, limit }, Date.now()),
      )
      const more = items.length > limit
      const shown = items.slice(0, limit)
      return { items: shown, next: more ? (shown.at(-1)?.id ?? null) : null }
    },
  })
}

function find(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices/:id',
    summary: 'One machine',
    access: 'session',
    params: byId,
    response: api.device,
    async handle({ db, session, params }) {
      const found = await db.withTenant(session.organisation.id, tx =>
        findDevice(tx, params.id, Date.now()),
      )
      return found ?? unknownDevice
    },
  })
}

function contacts(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/devices/:id/contacts',
    summary: 'Doors and lids of a machine, and whether they were open when it last said so',
    access: 'session',
    params: byId,
    response: z.object({ items: z.array(api.deviceContact) }),
    async handle({ db, session, params }) {
      const items = await db.withTenant(session.organisation.id, tx => listContacts(tx, params.id))
      return items === undefined ? unknownDevice : { items }
    },
  })
}

/** Ends the machine's certificates and its live sessions; its log stays. */
function retire(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/devices/:id/retirement',
    summary: 'Take a machine out of service and cut it off',
    access: { roles: ['admin'], kinds: ['operator'] },
    params: byId,
    body: z.object({ reason: z.string().min(1).max(200) }),
    response: api.device,
    async handle({ db, session, params, body }) {
      const operatorId = session.organisation.id
      const retired = await db.withSystem(async tx => {
        if (!(await ownsDevice(tx, operatorId, params.id))) return undefined
        await retireDevice(tx, params.id)
        await revokeCertificates(tx, params.id, body.reason)
        return findDevice(tx, params.id, Date.now())
      })
      return retired ?? unknownDevice
    },
  })
}

export const unknownDevice = problem(
  404,
  'device.unknown',
  'There is no such machine, or you may not see it.',
  'Compare the id with the list, or ask its operator for a grant.',
)
