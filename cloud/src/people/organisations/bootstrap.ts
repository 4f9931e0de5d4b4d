/**
 * The first organisations and people of a cloud, made from outside it by whoever holds its data.
 * Passwords are random and shown once; what exists already is left alone, so that running it again
 * answers the same ids without passwords.
 */
import { organisationKind, role } from '@tillproof/shared/api/people.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { hashPassword, randomPassword } from '../sessions/password.ts'
import { ensureOrganisation, findUser, insertUser, resetPassword } from './store.ts'

const newUser = z.strictObject({ email: z.email().toLowerCase(), name: z.string().min(1), role })
export const bootstrapInput = z.strictObject({
  organisations: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(120),
        kind: organisationKind,
        users: z.array(newUser).default([]),
      }),
    )
    .default([]),
})
export type BootstrapInput = z.infer<typeof bootstrapInput>

type User = { id: string; email: string; password: string | null }
export type BootstrapResult = {
  organisations: { id: string; name: string; kind: string; users: User[] }[]
}

/** @param name of the organisation that runs the cloud, always there. */
const PLATFORM = 'Platform'

export async function bootstrap(
  db: Db,
  input: BootstrapInput,
  options: { resetPasswords: boolean },
): Promise<BootstrapResult> {
  const wanted = [{ name: PLATFORM, kind: 'platform' as const, users: [] }, ...input.organisations]
  const organisations = []
  for (const { name, kind, users } of wanted) {
    const id = await db.withSystem(tx => ensureOrganisation(tx, name, kind))
    if (id === undefined) throw taken(name)
    const made = []
    for (const user of users) made.push(await ensureUser(db, id, user, options.resetPasswords))
    organisations.push({ id, name, kind, users: made })
  }
  return { organisations }
}

async function ensureUser(
  db: Db,
  organisationId: string,
  user: z.infer<typeof newUser>,
  reset: boolean,
): Promise<User> {
  const password = randomPassword()
  const passwordHash = await hashPassword(password)
  return db.withSystem(async tx => {
    const inserted = await insertUser(tx, { ...user, organisationId, passwordHash })
    if (inserted !== undefined) return { id: inserted, email: user.email, password }
    const id = await existingUser(tx, organisationId, user.email)
    if (reset) await resetPassword(tx, id, passwordHash)
    return { id, email: user.email, password: reset ? password : null }
  })
}

async function existingUser(tx: Tx, organisationId: string, email: string): Promise<string> {
  const found = await findUser(tx, email)
  if (found === undefined || found.organisation_id !== organisationId) throw taken(email)
  return found.id
}

function taken(what: string): TillproofError {
  return new TillproofError(
    'bootstrap.taken',
    `${what} exists already with another kind or organisation`,
    'give it another name',
  )
}
