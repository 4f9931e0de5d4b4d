/**
 * Databases for tests: a real PostgreSQL, started by the first test that asks, shared by all test
 * files of a run, and a fresh migrated database for each caller, copied from a template.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'
import { type Db, openDb } from './db/db.ts'
import { readMigrations } from './db/migrations.ts'
import { prepareDatabase } from './db/prepare.ts'
import { setRolePasswords, urlAs } from './db/roles.ts'
import { startPostgres } from './embedded/postgres.ts'
import { SHARED_DIR_VARIABLE, stopSharedNow } from './testing-server.ts'

export type TestDatabase = {
  db: Db
  /** As the owner. */
  url: string
  apiUrl: string
  systemUrl: string
  drop(): Promise<void>
}

const ROLE_PASSWORD = 'test-roles'

export async function testDatabase(): Promise<TestDatabase> {
  const server = await sharedServer()
  return databaseFrom(server, server.template)
}

/** Another database with all that this one holds now, as from a backup. Nobody may be writing. */
export async function copyOfDatabase({ url }: TestDatabase): Promise<TestDatabase> {
  const server = await sharedServer()
  const name = new URL(url).pathname.slice(1)
  await asOwner(server.url, client =>
    client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      name,
    ]),
  )
  return databaseFrom(server, name)
}

async function databaseFrom(server: Shared, template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await asOwner(server.url, client => client.query(`create database ${name} template ${template}`))
  const url = databaseUrl(server.url, name)
  const apiUrl = urlAs(url, 'tillproof_api', ROLE_PASSWORD)
  const systemUrl = urlAs(url, 'tillproof_system', ROLE_PASSWORD)
  const db = openDb({ apiUrl, systemUrl, poolSize: 5 })
  return {
    db,
    url,
    apiUrl,
    systemUrl,
    async drop() {
      await db.close()
      await asOwner(server.url, client => client.query(`drop database ${name} with (force)`))
    },
  }
}

type Shared = { url: string; template: string }

let shared: Promise<Shared> | undefined

function sharedServer(): Promise<Shared> {
  shared ??= startShared()
  return shared
}

async function startShared(): Promise<Shared> {
  const given = process.env[SHARED_DIR_VARIABLE]
  const dir = given ?? (await ownDirectory())
  return locked(dir, async () => {
    const file = join(dir, 'shared.json')
    const known = await readFile(file, 'utf8').catch(() => undefined)
    if (known !== undefined) return JSON.parse(known) as Shared
    const fresh = await startServer(dir)
    await writeFile(file, JSON.stringify(fresh))
    return fresh
  })
}

/** Without the run's setup file the server lives as long as this process. */
async function ownDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-test-postgres-'))
  await chmod(dir, 0o711)
  process.once('exit', () => stopSharedNow(dir))
  return dir
}

async function startServer(dir: string): Promise<Shared> {
  const server = await startPostgres({ dir, log: () => undefined, durable: false })
  const url = server.urlOf('postgres')
  const hash = createHash('sha256')
  for (const migration of await readMigrations()) hash.update(migration.sha256)
  const template = `template_${hash.digest('hex').slice(0, 12)}`
  await asOwner(url, client => client.query(`create database ${template}`))
  await prepareDatabase(databaseUrl(url, template))
  await setRolePasswords(url, ROLE_PASSWORD)
  const pid = await server.pid()
  await writeFile(join(dir, 'pid'), String(pid))
  return { url, template }
}

const LOCK_PATIENCE_MS = 60_000

/** Several test processes may ask at once; a folder that can be made only once lets one start. */
async function locked<T>(dir: string, fn: () => Promise<T>): Promise<T> {
  const lock = join(dir, 'lock')
  const giveUpAt = performance.now() + LOCK_PATIENCE_MS
  while (!(await made(lock))) {
    if (performance.now() > giveUpAt) {
      throw new TillproofError('test.locked', `${lock} is held`, 'remove it and run again')
    }
    await sleep(50)
  }
  try {
    return await fn()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

async function made(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    return true
  } catch {
    return false
  }
}

async function asOwner(url: string, fn: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await fn(client)
  } finally {
    await client.end()
  }
}

function databaseUrl(url: string, name: string): string {
  const parsed = new URL(url)
  parsed.pathname = `/${name}`
  return parsed.href
}
