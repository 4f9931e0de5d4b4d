/** SQL of organisations and their users. */
import type { Organisation } from '@tillproof/shared/api/people.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { OrganisationKind, Role } from '../../platform/http/route.ts'

export async function listOrganisations(tx: Tx): Promise<Organisation[]> {
  return tx.query<Organisation>('select id, name, kind from organisations order by name')
}

/** The organisation with this name, made if there is none; undefined if its kind differs. */
export async function ensureOrganisation(
  tx: Tx,
  name: string,
  kind: OrganisationKind,
): Promise<string | undefined> {
  await tx.query(
    'insert into organisations (name, kind) values ($1, $2) on conflict (name) do nothing',
    [name, kind],
  )
  const [row] = await tx.query<{ id: string }>(
    'select id from organisations where name = $1 and kind = $2',
    [name, kind],
  )
  return row?.id
}

export type NewUser = {
  organisationId: string
  email: string
  name: string
  role: Role
  passwordHash: string
}

/** Answers the user's id, or undefined when the address is taken already. */
export async function insertUser(tx: Tx, user: NewUser): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    `insert into users (organisation_id, email, name, role, password_hash)
     values ($1, $2, $3, $4, $5) on conflict (email) do nothing returning id`,
    [user.organisationId, user.email, user.name, user.role, user.passwordHash],
  )
  return row?.id
}

export async function findUser(tx: Tx, email: string) {
  const [row] = await tx.query<{ id: string; organisation_id: string }>(
    'select id, organisation_id from users where email = $1',
    [email],
  )
  return row
}

/** Sets a new password and ends the user's sessions. */
export async function resetPassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
  await tx.query('update users set password_hash = $2 where id = $1', [userId, passwordHash])
  await tx.query('delete from sessions where user_id = $1', [userId])
}
