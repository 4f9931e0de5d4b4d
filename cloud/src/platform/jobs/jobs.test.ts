/** Jobs on a real PostgreSQL queue: woken, de-duplicated, swept, and after their worker's death. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing.ts'
import type { Job } from './job.ts'
import { startJobs } from './jobs.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const NEVER_MS = 3_600_000

function start(jobs: Job[], logged: string[] = []) {
  return startJobs(jobs, { postgresUrl: database.systemUrl }, (_level, message) =>
    logged.push(message),
  )
}

test('a wake-up runs the job with its id', async () => {
  const ran: string[] = []
  const job: Job = {
    name: 'one',
    run: async id => void ran.push(id),
    due: async () => [],
    sweepEveryMs: NEVER_MS,
  }
  const jobs = start([job])
  jobs.wake('one', 'a')
  await expect.poll(() => ran).toEqual(['a'])
  await jobs.stop()
})

test('many wake-ups while it runs make it run once more, never at the same time', async () => {
  let runs = 0
  let atOnce = 0
  let most = 0
  const job: Job = {
    name: 'busy',
    async run() {
      runs += 1
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise(resolve => setTimeout(resolve, 300))
      atOnce -= 1
    },
    due: async () => [],
    sweepEveryMs: NEVER_MS,
  }
  const jobs = start([job])
  jobs.wake('busy', 'a')
  await expect.poll(() => runs).toBe(1)
  for (let n = 0; n < 50; n += 1) jobs.wake('busy', 'a')
  await expect.poll(() => runs).toBe(2)
  await new Promise(resolve => setTimeout(resolve, 700))
  expect({ runs, most }).toEqual({ runs: 2, most: 1 })
  await jobs.stop()
})

test('what is due is found by the sweep, and a failed run is tried again by the next', async () => {
  const logged: string[] = []
  let runs = 0
  const job: Job = {
    name: 'swept',
    async run() {
      runs += 1
      if (runs < 3) throw new TypeError('not yet')
    },
    due: async () => (runs < 3 ? ['x'] : []),
    sweepEveryMs: 50,
  }
  const jobs = start([job], logged)
  await expect.poll(() => runs).toBe(3)
  await jobs.stop()
  expect(logged.filter(message => message === 'job failed')).toHaveLength(2)
  const [left] = await database.db.withSystem(tx =>
    tx.query<{ count: bigint }>("select count(*) from bullmq.job where queue = 'swept'"),
  )
  expect(left?.count).toBe(0n)
})

test('the queue may lose everything: the sweep brings it back', async () => {
  const ran: string[] = []
  let due = ['a', 'b']
  const sleeping = start([])
  sleeping.wake('lost', 'a')
  sleeping.wake('lost', 'b')
  await sleeping.stop()
  await database.db.withSystem(tx => tx.query('truncate bullmq.job, bullmq.dedup cascade'))
  const job: Job = {
    name: 'lost',
    async run(id) {
      ran.push(id)
      due = due.filter(other => other !== id)
    },
    due: async () => due,
    sweepEveryMs: 100,
  }
  const jobs = start([job])
  await expect.poll(() => due).toEqual([])
  await jobs.stop()
  expect(new Set(ran)).toEqual(new Set(['a', 'b']))
})

test('many queues and workers share one pool without piling up listeners', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  const jobs = start(
    Array.from({ length: 15 }, (_, n) => ({
      name: `of-many-${n}`,
      run: async () => undefined,
      due: async () => ['x'],
      sweepEveryMs: NEVER_MS,
    })),
  )
  await new Promise(resolve => setTimeout(resolve, 500))
  await jobs.stop()
  process.off('warning', note)
  expect(warnings).toEqual([])
})
