/** SQL of users and sessions. Runs as the system: before sign-in there is no organisation yet. */
import type { Tx } from '../../platform/db/db.ts'
import type { OrganisationKind, Role, Session } from '../../platform/http/route.ts'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from './session.ts'

type UserRow = {
  user_id: string
  email: string
  name: string
  role: Role
  organisation_id: string
  organisation_name: string
  organisation_kind: OrganisationKind
}

const USER_COLUMNS = `u.id as user_id, u.email, u.name, u.role,
  o.id as organisation_id, o.name as organisation_name, o.kind as organisation_kind`

export type Account = { session: Session; passwordHash: string }

export async function findAccount(tx: Tx, email: string): Promise<Account | undefined> {
  const [row] = await tx.query<UserRow & { password_hash: string }>(
    `select ${USER_COLUMNS}, u.password_hash
     from users u join organisations o on o.id = u.organisation_id
     where u.email = $1 and u.disabled_at is null`,
    [email.toLowerCase()],
  )
  return row && { session: toSession(row), passwordHash: row.password_hash }
}

export async function insertSession(tx: Tx, idHash: Buffer, userId: string): Promise<void> {
  await tx.query('delete from sessions where expires_at < now()')
  await tx.query(
    `insert into sessions (id_hash, user_id, expires_at)
     values ($1, $2, now() + $3 * interval '1 millisecond')`,
    [idHash, userId, SESSION_LIFE_MS],
  )
}

/**
 * The live session with this id.
 * @param isUse notes that it was used, at most once a minute; a page that only stays open does not
 */
export async function findSession(
  tx: Tx,
  idHash: Buffer,
  isUse: boolean,
): Promise<Session | undefined> {
  const [row] = await tx.query<UserRow & { stale: boolean }>(
    `select ${USER_COLUMNS}, s.seen_at < now() - interval '1 minute' as stale
     from sessions s
     join users u on u.id = s.user_id
     join organisations o on o.id = u.organisation_id
     where s.id_hash = $1 and s.expires_at > now() and u.disabled_at is null
       and s.seen_at > now() - $2 * interval '1 millisecond'`,
    [idHash, SESSION_IDLE_MS],
  )
  if (row?.stale && isUse)
    await tx.query('update sessions set seen_at = now() where id_hash = $1', [idHash])
  return row && toSession(row)
}

export async function deleteSession(tx: Tx, idHash: Buffer): Promise<void> {
  await tx.query('delete from sessions where id_hash = $1', [idHash])
}

function toSession(row: UserRow): Session {
  return {
    userId: row.user_id,
    email: row.email,
    name: row.name,
    role: row.role,
    organisation: {
      id: row.organisation_id,
      name: row.organisation_name,
      kind: row.organisation_kind,
    },
  }
}
