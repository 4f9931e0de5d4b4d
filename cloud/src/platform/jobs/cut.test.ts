/**
 * A server of the queue that goes away at each moment of a start: every id is run all the same
 * once it is back. A queue and a worker make their first connection once, so each cut finds out
 * whether those that it left broken are replaced.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'
import { startJobs } from './jobs.ts'
import type { QueueConnection } from './queue.ts'
import { cutWire } from './testing-cut.ts'
import { isRedisPresent, startTestRedis, type TestRedis } from './testing-redis.ts'

const ALL = ['a', 'b', 'c']
/** Of what is said until the first id runs. */
const MOMENTS = Array.from({ length: 16 }, (_, n) => n + 1)

/** An entry that was handed out as the wire was cut waits for its lock, twice ten seconds. */
const PATIENCE_MS = 60_000

/** @returns whether it was cut: with late moments the work may be done before */
async function runsAll(target: URL, cutAt: number, to: (url: string) => QueueConnection) {
  const wire = await cutWire(target, cutAt)
  const due = new Set(ALL)
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(wire.port)
  const job = {
    name: `cut-at-${cutAt}`,
    run: async (id: string) => void due.delete(id),
    due: async () => [...due],
    sweepEveryMs: 200,
  }
  const jobs = startJobs([job], to(url.href))
  const message = `cut at ${cutAt}`
  await expect.poll(() => [...due], { message, timeout: PATIENCE_MS }).toEqual([])
  await jobs.stop()
  await wire.close()
  return wire.wasCut()
}

describe.skipIf(!isRedisPresent())('Redis goes away', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())

  test('at each moment of a start, and every id is run', { timeout: 90_000 }, async () => {
    const target = new URL(redis.url)
    const cuts = MOMENTS.map(cutAt => runsAll(target, cutAt, redisUrl => ({ redisUrl })))
    const done = (await Promise.all(cuts)).filter(wasCut => wasCut)
    expect(done.length).toBeGreaterThan(MOMENTS.length / 2)
  })
})

describe('PostgreSQL goes away', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.drop())

  test('at each moment of a start, and every id is run', { timeout: 90_000 }, async () => {
    const target = new URL(database.systemUrl)
    const cuts = MOMENTS.map(cutAt => runsAll(target, cutAt, postgresUrl => ({ postgresUrl })))
    const done = (await Promise.all(cuts)).filter(wasCut => wasCut)
    expect(done.length).toBeGreaterThan(MOMENTS.length / 2)
  })
})
