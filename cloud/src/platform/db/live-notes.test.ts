/** Notes are gathered, told together, and told at the end; a database that is away costs a hint. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'
import { type LiveNote, liveNotes } from './live-notes.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const noteOf = (size: number): LiveNote => ({
  operatorId: randomUUID(),
  deviceId: 'd000000000000',
  type: 'batch',
  payload: { size },
})

test('what was told is heard in order, also what waited when it was closed', async () => {
  const heard: number[] = []
  const stop = await database.db.listen('live', text => {
    const { payload } = JSON.parse(text) as { payload: { size: number } }
    heard.push(payload.size)
  })
  const notes = liveNotes(database.db, () => undefined)
  notes.tell([noteOf(1), noteOf(2)])
  notes.tell([noteOf(3)])
  await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]), { timeout: 10_000 })
  notes.tell([noteOf(4)])
  await notes.close()
  await vi.waitFor(() => expect(heard).toEqual([1, 2, 3, 4]), { timeout: 10_000 })
  await stop()
})

test('a database that is away is said in the log and stops nobody', async () => {
  const said: string[] = []
  const away = { withSystem: () => Promise.reject(new TypeError('away')) }
  const notes = liveNotes(away, (_, message) => said.push(message))
  notes.tell([noteOf(1)])
  await notes.close()
  expect(said).toEqual(['open pages were not told'])
})
