/** Transactions, tenants, types and lost connections, against a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('int8 comes as bigint, also in arrays and beyond 2^53', async () => {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ big: bigint; list: bigint[] }>(
      "select 9007199254740993::int8 as big, '{1,9007199254740993}'::int8[] as list",
    ),
  )
  expect(row).toEqual({ big: 9007199254740993n, list: [1n, 9007199254740993n] })
})

test('a transaction that fails leaves nothing behind', async () => {
  const { db } = database
  const name = randomUUID()
  const failing = db.withSystem(async tx => {
    await tx.query("insert into organisations (name, kind) values ($1, 'site')", [name])
    await tx.query('select 1 / 0')
  })
  await expect(failing).rejects.toThrow('division by zero')
  const left = await db.withSystem(tx =>
    tx.query('select from organisations where name = $1', [name]),
  )
  expect(left).toEqual([])
})

test('the organisation is set inside withTenant only, and never leaks', async () => {
  const { db } = database
  const org = randomUUID()
  const read = 'select current_org() as org'
  const own = await db.withTenant(org, tx => tx.query<{ org: string | null }>(read))
  expect(own).toEqual([{ org }])
  const system = await db.withSystem(tx => tx.query<{ org: string | null }>(read))
  expect(system).toEqual([{ org: null }])
})

test('an idempotent transaction is run again after a serialization failure', async () => {
  const { db } = database
  let runs = 0
  const result = await db.withSystem(
    async tx => {
      runs += 1
      if (runs === 1) await tx.query("do $$ begin raise exception sqlstate '40001'; end $$")
      return runs
    },
    { idempotent: true },
  )
  expect(result).toBe(2)
})

describe('listen', () => {
  test('delivers what was committed after it was called', async () => {
    const { db } = database
    const heard: string[] = []
    const stop = await db.listen('live', payload => heard.push(payload))
    await db.withSystem(tx =>
      tx.query("select notify_live($1, 'd000000000000', 'batch', '{\"size\": 7}')", [randomUUID()]),
    )
    await expect.poll(() => heard.length).toBe(1)
    expect(JSON.parse(heard[0] ?? '')).toMatchObject({
      deviceId: 'd000000000000',
      type: 'batch',
      payload: { size: 7 },
    })
    await stop()
  })
})

test('a connection that the server cuts is replaced', async () => {
  const { db } = database
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  await owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await owner.end()
  const rows = await db.withTenant(randomUUID(), tx => tx.query('select 1 as one'), {
    idempotent: true,
  })
  expect(rows).toEqual([{ one: 1 }])
})
