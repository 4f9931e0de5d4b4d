/** Passwords and addresses of the two database roles that migrations make. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'

export type DbRole = 'tillproof_api' | 'tillproof_system'

/** Gives both roles this password, as the owner; needed where the server is ours. */
export async function setRolePasswords(ownerUrl: string, password: string): Promise<void> {
  // ALTER ROLE takes no parameters, so what could need quoting is refused instead.
  if (!/^[0-9a-zA-Z-]{8,128}$/.test(password)) {
    throw new TillproofError(
      'database.role-password',
      'the password of the database roles has characters that are not allowed',
      'use letters, digits and hyphens',
    )
  }
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    for (const role of ['tillproof_api', 'tillproof_system'] satisfies DbRole[]) {
      await client.query(`alter role ${role} password '${password}'`)
    }
  } finally {
    await client.end()
  }
}

/** The owner's address with another role in it. */
export function urlAs(ownerUrl: string, role: DbRole, password: string): string {
  const url = new URL(ownerUrl)
  url.username = role
  url.password = password
  return url.href
}
