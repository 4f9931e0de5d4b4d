/** Makes the embedded PostgreSQL's data folder at first start. */
import { execFile } from 'node:child_process'
import { access, chown, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Place } from './postgres-place.ts'

/** initdb removes what it made when it fails, so a data folder with PG_VERSION is a whole one. */
export async function initialise(place: Place, owner: string, password: string): Promise<void> {
  if (await exists(join(place.dataDir, 'PG_VERSION'))) return
  const passwordFile = join(tmpdir(), `tillproof-initdb-${process.pid}-${performance.now()}`)
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' })
  if (place.user !== undefined) await chown(passwordFile, place.user.uid, place.user.gid)
  try {
    await promisify(execFile)(join(place.binDir, 'initdb'), initdbArguments(), {
      cwd: '/',
      ...place.user,
    })
  } catch (cause) {
    const reason = String((cause as { stderr?: string }).stderr)
    throw new TillproofError(
      'postgres.initdb-failed',
      `the embedded PostgreSQL could not be set up: ${reason}`,
      'free disk space or delete the data folder, then start again',
      { cause },
    )
  } finally {
    await rm(passwordFile, { force: true })
  }

  function initdbArguments(): string[] {
    return [
      ...['--pgdata', place.dataDir, '--username', owner, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ]
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
