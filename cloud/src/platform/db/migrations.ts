/**
 * Forward-only migrations: numbered SQL files, each applied once in a transaction of its own, in
 * order, under a lock. A file that was applied is never edited; its hash is remembered to say so.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'

export const MIGRATIONS_DIR = join(import.meta.dirname, '../../../db/migrations')

export type Migration = { number: number; name: string; sql: string; sha256: string }

/** Any number nobody else locks: two migrating processes take turns. */
const ADVISORY_LOCK = 7_173_001

/** Applies what is missing as the owner of the database; answers the names of what it applied. */
export async function migrate(ownerUrl: string, dir: string = MIGRATIONS_DIR): Promise<string[]> {
  const migrations = await readMigrations(dir)
  const client = new pg.Client({ connectionString: ownerUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    const done = await appliedMigrations(client)
    const missing = pendingMigrations(migrations, done)
    for (const migration of missing) await apply(client, migration)
    return missing.map(migration => migration.name)
  } finally {
    await client.end()
  }
}

/**
 * Throws `database.not-migrated` when this version needs migrations that were not applied, so that
 * a process does not start on tables that are not there. A server that is away is no refusal.
 */
export async function requireMigrated(ownerUrl: string): Promise<void> {
  const migrations = await readMigrations()
  const client = new pg.Client({ connectionString: ownerUrl })
  client.on('error', () => undefined)
  const isThere = await client.connect().then(
    () => true,
    () => false,
  )
  if (!isThere) return
  try {
    const missing = pendingMigrations(migrations, await appliedMigrations(client))
    if (missing.length > 0) throw notMigrated(missing)
  } finally {
    await client.end()
  }
}

function notMigrated(missing: readonly Migration[]): TillproofError {
  return new TillproofError(
    'database.not-migrated',
    `the database lacks ${missing.map(({ name }) => name).join(', ')}`,
    'run `tillproof cloud migrate` with the same settings, then start again',
  )
}

export async function readMigrations(dir: string = MIGRATIONS_DIR): Promise<Migration[]> {
  const names = (await readdir(dir)).filter(name => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async name => {
      const sql = await readFile(join(dir, name), 'utf8')
      const sha256 = createHash('sha256').update(sql).digest('hex')
      return { number: Number(name.slice(0, 4)), name, sql, sha256 }
    }),
  )
}

type Applied = { number: number; name: string; sha256: string }

async function appliedMigrations(client: pg.Client): Promise<Applied[]> {
  await client.query(`create table if not exists migrations (
    number int primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
  )`)
  const result = await client.query<Applied>('select number, name, sha256 from migrations')
  return result.rows
}

/** What is to be applied, in order; throws when the database's past is not the files' past. */
export function pendingMigrations(files: readonly Migration[], done: readonly Applied[]) {
  const last = Math.max(0, ...done.map(applied => applied.number))
  for (const applied of done) {
    const file = files.find(candidate => candidate.number === applied.number)
    if (file?.sha256 !== applied.sha256) throw changed(applied.name)
  }
  const missing = files.filter(file => !done.some(applied => applied.number === file.number))
  const late = missing.find(file => file.number < last)
  if (late !== undefined) throw changed(late.name)
  return missing
}

function changed(name: string): TillproofError {
  return new TillproofError(
    'database.migrations-differ',
    `the database was made by other migrations than these (${name})`,
    'run the version that made it; for a database without data worth keeping, start with --reset',
  )
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into migrations (number, name, sha256) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha256,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    const reason = (cause as Error).message
    throw new TillproofError(
      'database.migration-failed',
      `migration ${migration.name} failed: ${reason}`,
      'nothing of it was applied; correct the cause and start again',
      { cause },
    )
  }
}
