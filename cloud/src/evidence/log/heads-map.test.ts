/** The daily map of newest heads on a real PostgreSQL: of the numbered heads, once a day. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { encodeHeadsMap, headsMapOf } from '@tillproof/shared/wire/heads-map.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { headsMapJob } from './heads-map.ts'
import { leafHashOf } from './leaf.ts'
import { createSequencer, type Sequencer } from './sequencer.ts'
import { stageLeaf } from './store.ts'

const DAY_MS = 86_400_000
let database: TestDatabase
let sequencer: Sequencer
let nowMs = Date.UTC(2026, 0, 30, 12)
beforeAll(async () => {
  database = await testDatabase()
  sequencer = createSequencer({ db: database.db, origin: 'demo/log', holder: 'test' })
})
afterAll(() => database.drop())

const job = () => headsMapJob({ db: database.db, clock: () => nowMs })
const number = () => sequencer.turn()
const head = (text: string) => ({ type: 'device-head', body: utf8(text) }) as const
async function stage(origin: string, text: string): Promise<void> {
  await database.db.withSystem(tx => stageLeaf(tx, { ...head(text), ref: origin }))
}
const staged = () =>
  database.db.withSystem(tx =>
    tx.query<{ body: Buffer; ref: string }>(
      "select body, ref from log_staged where type = 'heads-map' order by id",
    ),
  )

test('a log without a head has no map yet, nor has one whose heads have no number', async () => {
  expect(await job().due()).toEqual([])
  await stage('a', 'a1')
  expect(await job().due()).toEqual([])
})

test('once a day, of the newest numbered head of each origin', async () => {
  await stage('b', 'b1')
  await stage('a', 'a2')
  await number()
  await stage('b', 'b2')
  expect(await job().due()).toEqual(['2026-01-30'])
  await Promise.all([job().run('2026-01-30'), job().run('2026-01-30')])
  const map = headsMapOf(
    [
      { origin: 'a', leafIndex: 2, leafHash: leafHashOf(head('a2')) },
      { origin: 'b', leafIndex: 1, leafHash: leafHashOf(head('b1')) },
    ],
    3,
  )
  const rows = await staged()
  expect(rows.map(({ ref }) => ref)).toEqual(['2026-01-30'])
  expect(rows.map(({ body }) => toHex(body))).toEqual([toHex(encodeHeadsMap(map))])
  expect(await job().due()).toEqual([])
})

test('and again on the next', async () => {
  nowMs += DAY_MS
  // Numbering takes the leaf from one table to another: it still counts for its day.
  await number()
  expect(await job().due()).toEqual(['2026-01-31'])
  await job().run('2026-01-30')
  expect(await staged()).toEqual([])
  await job().run('2026-01-31')
  expect(await staged()).toHaveLength(1)
})
