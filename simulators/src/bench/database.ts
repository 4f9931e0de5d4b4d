/**
 * A durable PostgreSQL of our own for a benchmark, in a folder that goes with it, and as many fresh
 * databases on it as the benchmark compares.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Db, openDb } from '@tillproof/cloud/platform/db/db.ts'
import { prepareDatabase } from '@tillproof/cloud/platform/db/prepare.ts'
import { setRolePasswords, urlAs } from '@tillproof/cloud/platform/db/roles.ts'
import { startPostgres } from '@tillproof/cloud/platform/embedded/postgres.ts'
import pg from 'pg'

export type BenchDatabase = {
  db: Db
  /** As the owner, who may make tables. */
  ownerUrl: string
}
export type BenchServer = {
  newDatabase(): Promise<BenchDatabase>
  close(): Promise<void>
}

export async function startBenchServer(): Promise<BenchServer> {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-bench-'))
  await chmod(dir, 0o755)
  const server = await startPostgres({ dir, log: () => undefined })
  const open: Db[] = []
  // The roles are the server's, not a database's.
  const password = randomBytes(16).toString('hex')
  return {
    async newDatabase() {
      const name = `bench_${randomBytes(6).toString('hex')}`
      await asOwner(server.urlOf('postgres'), client => client.query(`create database ${name}`))
      const ownerUrl = server.urlOf(name)
      await prepareDatabase(ownerUrl)
      await setRolePasswords(ownerUrl, password)
      const urlOf = (role: 'tillproof_api' | 'tillproof_system') => urlAs(ownerUrl, role, password)
      const db = openDb({ apiUrl: urlOf('tillproof_api'), systemUrl: urlOf('tillproof_system') })
      open.push(db)
      return { db, ownerUrl }
    },
    async close() {
      await Promise.all(open.map(db => db.close()))
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export async function asOwner<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}
