/** What must hold for every table that any migration ever adds, asked of the catalog itself. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'
import { type Migration, pendingMigrations, requireMigrated } from './migrations.ts'
import { dumpSchema } from './schema.ts'

/** Tables that belong to no tenant and that the API may read: names of parties, the public log. */
const PUBLIC = new Set([
  'organisations',
  'log_heads',
  'log_leaves',
  'log_tiles',
  'log_checkpoints',
  'log_cosignatures',
  'log_witness_sizes',
  'log_staged',
  'anchor_contracts',
  'anchors',
])

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await testDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

type Table = { name: string; enabled: boolean; forced: boolean; tenant: boolean; policies: bigint }

async function tables(): Promise<Table[]> {
  const result = await client.query<Table>(
    `select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
       exists (select from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'operator_id' and a.attnotnull) as tenant,
       (select count(*) from pg_policy p where p.polrelid = c.oid) as policies
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'v')`,
  )
  return result.rows
}

test('every table with an operator has row-level security, enabled and forced', async () => {
  const all = await tables()
  const lacking = all.filter(
    table => table.tenant && !(table.enabled && table.forced && table.policies > 0n),
  )
  expect(lacking.map(table => table.name)).toEqual([])
  expect(all.filter(table => table.tenant).length).toBeGreaterThan(15)
})

test('whatever else the API may read has policies of its own or is public by design', async () => {
  const readable = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'v')
       and (has_table_privilege('tillproof_api', c.oid, 'select, insert, update, delete')
         or has_any_column_privilege('tillproof_api', c.oid, 'select, insert, update'))`,
  )
  const secured = new Set((await tables()).filter(table => table.forced).map(table => table.name))
  const open = readable.rows
    .map(row => row.name)
    .filter(name => !secured.has(name) && !PUBLIC.has(name))
  expect(open).toEqual([])
})

test('no view and no SECURITY DEFINER function lets a tenant around its policies', async () => {
  const views = await client.query(
    `select relname from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')`,
  )
  const definers = await client.query(
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
  )
  expect([...views.rows, ...definers.rows]).toEqual([])
})

test('the API may neither pass row-level security nor become somebody who can', async () => {
  const roles = await client.query(
    `select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles
     where rolname = 'tillproof_api' or pg_has_role('tillproof_api', oid, 'member')`,
  )
  expect(roles.rows).toEqual([
    { rolname: 'tillproof_api', rolsuper: false, rolbypassrls: false, rolcreaterole: false },
  ])
})

test('cloud/db/schema.sql is what the migrations make', async () => {
  const file = join(import.meta.dirname, '../../../db/schema.sql')
  const remedy = ['node', 'cloud/src/platform/db/dump.ts', '--write'].join(' ')
  expect(await dumpSchema(client), remedy).toBe(await readFile(file, 'utf8'))
})

test('a changed, missing or late migration is refused', () => {
  const file = (number: number, sha256: string): Migration => {
    return { number, name: `${number}`, sql: '', sha256 }
  }
  const done = [file(1, 'a'), file(2, 'b')]
  expect(pendingMigrations([...done, file(3, 'c')], done)).toEqual([file(3, 'c')])
  const differ = expect.objectContaining({ code: 'database.migrations-differ' })
  expect(() => pendingMigrations([file(1, 'a'), file(2, 'x')], done)).toThrow(differ)
  expect(() => pendingMigrations([file(1, 'a')], done)).toThrow(differ)
  expect(() => pendingMigrations([file(1, 'a'), file(2, 'b')], [file(2, 'b')])).toThrow(differ)
})

test('a database that lacks migrations is refused before anything runs on it', async () => {
  await expect(requireMigrated(database.url)).resolves.toBeUndefined()
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('delete from migrations where number >= 6')
  await client.end()
  await expect(requireMigrated(database.url)).rejects.toMatchObject({
    code: 'database.not-migrated',
    message: expect.stringContaining('lacks 0006-head-sidecars.sql'),
    next: expect.stringContaining('cloud migrate'),
  })
})
