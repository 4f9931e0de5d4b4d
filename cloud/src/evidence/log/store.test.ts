/** Staging: inside the producer's transaction, by both database roles, never rewritten. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { indexOfLeaf, proofStateOf, stageLeaf } from './store.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const org = '00000000-0000-4000-8000-000000000001'

test('a leaf is staged with its transaction, and forgotten with it', async () => {
  const { db } = database
  const failing = db.withSystem(async tx => {
    await stageLeaf(tx, { type: 'pledge', body: utf8('rolled back') })
    await tx.query('select 1 / 0')
  })
  await expect(failing).rejects.toThrow('division by zero')
  await db.withTenant(org, tx => stageLeaf(tx, { type: 'pledge', body: utf8('kept'), ref: 'p1' }))
  const rows = await db.withSystem(tx => tx.query('select type, body, ref from log_staged'))
  expect(rows).toEqual([{ type: 'pledge', body: Buffer.from('kept'), ref: 'p1' }])
})

test('a staged leaf has no index and proves nothing yet', async () => {
  const leaf = { type: 'pledge', body: utf8('kept') } as const
  const { db } = database
  expect(await db.withSystem(tx => indexOfLeaf(tx, leaf))).toBeUndefined()
  expect(await db.withSystem(tx => proofStateOf(tx, leaf))).toEqual({
    logged: false,
    witnessed: false,
    anchored: false,
  })
})

test('an entry that could outgrow a bundle is refused by the database', async () => {
  const large = { type: 'pledge', body: new Uint8Array(60_001) } as const
  await expect(database.db.withSystem(tx => stageLeaf(tx, large))).rejects.toThrow('body_check')
})

test('tenants read the log and stage, but cannot number or rewrite it', async () => {
  const asTenant = (sql: string) => database.db.withTenant(org, tx => tx.query(sql))
  await expect(asTenant('select * from log_leaves')).resolves.toEqual([])
  for (const sql of ['delete from log_staged', "update log_tiles set hashes = '\\x00'"]) {
    await expect(asTenant(sql)).rejects.toThrow('permission denied')
  }
})
