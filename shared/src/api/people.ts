/** Sign-in, the session, organisations and grants. */
import { z } from 'zod'
import { deviceId, id, instant } from './fields.ts'

export const organisationKind = z.enum(['platform', 'operator', 'lender', 'site', 'supplier'])
export const role = z.enum(['admin', 'installer', 'viewer'])
export const organisation = z.object({ id, name: z.string(), kind: organisationKind })

export const signIn = z.object({ email: z.email(), password: z.string().min(1).max(200) })
export const session = z.object({
  user: z.object({ id, email: z.string(), name: z.string(), role }),
  organisation,
  cloudName: z.string(),
})

/** An operator lets another organisation see machines; no device means all of them. */
export const newGrant = z.object({
  granteeId: id,
  deviceId: deviceId.optional(),
  scope: z.enum(['monitor', 'finance']),
  until: instant.optional(),
})
export const grant = z.object({
  id,
  operatorId: id,
  granteeId: id,
  deviceId: deviceId.nullable(),
  scope: z.enum(['monitor', 'finance']),
  from: instant,
  until: instant.nullable(),
  revokedAt: instant.nullable(),
})

export type Session = z.infer<typeof session>
export type Organisation = z.infer<typeof organisation>
export type Grant = z.infer<typeof grant>
