/** What COPY reads back is what was written, whatever characters a text holds. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'
import { copyRow } from './copy-row.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

test('texts, numbers, bytes, times and null come back as they were', async () => {
  const at = new Date('2026-03-01T12:34:56.789Z')
  const rows = [
    ['plain', 1n, Uint8Array.of(0, 9, 10, 92, 255), at],
    ['tab\tline\nreturn\rback\\slash \\N \\.', -2n, new Uint8Array(), at],
    [null, 9_007_199_254_740_993n, null, null],
    ['收入 ✓', 4n, Uint8Array.of(1), at],
  ] as const
  const read = await database.db.withSystem(async tx => {
    await tx.query('create temporary table copied (a text, b int8, c bytea, d timestamptz)')
    await tx.copy('copy copied (a, b, c, d) from stdin', rows.map(copyRow).join(''))
    return tx.query('select a, b, c, d from copied')
  })
  expect(read).toEqual(
    rows.map(([a, b, c, d]) => ({ a, b, c: c === null ? null : Buffer.from(c), d })),
  )
})

test('a row that does not fit ends the transaction, and the connection lives on', async () => {
  const crooked = database.db.withSystem(async tx => {
    await tx.query('create temporary table narrow (a int8)')
    await tx.copy('copy narrow (a) from stdin', copyRow(['no number']))
  })
  await expect(crooked).rejects.toThrow('invalid input syntax')
  expect(await database.db.withSystem(tx => tx.query('select 1 as one'))).toEqual([{ one: 1 }])
})
