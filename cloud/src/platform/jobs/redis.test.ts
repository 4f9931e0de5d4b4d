/**
 * Jobs on a real Redis: woken, de-duplicated, and when Redis is killed with -9 and comes back
 * empty, every id that was queued is found again by the sweep, because the truth is not there.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Job } from './job.ts'
import { startJobs } from './jobs.ts'
import { isRedisPresent, startTestRedis, type TestRedis } from './testing-redis.ts'

const NEVER_MS = 3_600_000

describe.skipIf(!isRedisPresent())('on a real Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())

  const start = (jobs: Job[], logged: string[] = []) =>
    startJobs(jobs, { redisUrl: redis.url }, (_level, message) => logged.push(message))

  test('a wake-up runs the job with its id, and leaves nothing behind', async () => {
    const ran: string[] = []
    const run = async (id: string) => void ran.push(id)
    const jobs = start([{ name: 'one', run, due: async () => [], sweepEveryMs: NEVER_MS }])
    jobs.wake('one', 'a')
    await expect.poll(() => ran).toEqual(['a'])
    await expect.poll(() => redis.ask('EXISTS bull:one:1')).toBe(':0\r\n')
    await jobs.stop()
  })

  test('many wake-ups while it runs make it run once more, never at the same time', async () => {
    let runs = 0
    let atOnce = 0
    let most = 0
    const run = async () => {
      runs += 1
      atOnce += 1
      most = Math.max(most, atOnce)
      await sleep(300)
      atOnce -= 1
    }
    const jobs = start([{ name: 'busy', run, due: async () => [], sweepEveryMs: NEVER_MS }])
    jobs.wake('busy', 'a')
    await expect.poll(() => runs).toBe(1)
    for (let n = 0; n < 50; n += 1) jobs.wake('busy', 'a')
    await expect.poll(() => runs).toBe(2)
    await sleep(700)
    expect({ runs, most }).toEqual({ runs: 2, most: 1 })
    await jobs.stop()
  })

  test('killed with -9 and back empty, it has lost the queue and no work', async () => {
    const all = Array.from({ length: 40 }, (_, n) => `work-${n}`)
    const due = new Set(all)
    const ran = new Map<string, number>()
    const killed = new AbortController()
    const job: Job = {
      name: 'kept',
      async run(id) {
        // Until then nothing gets done, so that the queue is full when it dies.
        if (!killed.signal.aborted) {
          await sleep(20)
          throw new TypeError('not yet')
        }
        ran.set(id, (ran.get(id) ?? 0) + 1)
        due.delete(id)
      },
      due: async () => [...due],
      sweepEveryMs: 500,
    }
    const jobs = start([job])
    for (const id of all) jobs.wake('kept', id)
    await expect.poll(() => redis.ask('LLEN bull:kept:wait')).not.toBe(':0\r\n')
    await redis.kill()
    killed.abort()
    for (const id of all.slice(0, 5)) jobs.wake('kept', id)
    await sleep(700)
    await redis.restart()
    await expect.poll(() => due.size, { timeout: 30_000 }).toBe(0)
    expect([...ran.keys()].sort()).toEqual([...all].sort())
    await jobs.stop()
  })

  test('not there at the start, it is used once it is', async () => {
    await redis.kill()
    const ran: string[] = []
    const due = ['early']
    const run = async (id: string) => {
      ran.push(id)
      due.pop()
    }
    const jobs = start([{ name: 'early', run, due: async () => [...due], sweepEveryMs: 200 }])
    await sleep(500)
    expect(ran).toEqual([])
    await redis.restart()
    await expect.poll(() => ran).toEqual(['early'])
    await jobs.stop()
  })

  test('while it is away wake-ups are told as lost, and a stop does not wait for it', async () => {
    const ran: string[] = []
    const due = ['later']
    const run = async (id: string) => {
      ran.push(id)
      due.pop()
    }
    const logged: string[] = []
    const jobs = start(
      [{ name: 'away', run, due: async () => [...due], sweepEveryMs: 300 }],
      logged,
    )
    await expect.poll(() => ran).toEqual(['later'])
    await redis.kill()
    jobs.wake('away', 'x')
    await expect.poll(() => logged).toContain('wake-up lost')
    const startedAt = performance.now()
    await jobs.stop()
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    await redis.restart()
  })
})
