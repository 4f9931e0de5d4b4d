/** Runs features' jobs: wakes them when told, and by sweeping what their tables say is due. */
import type { Log } from '../db/pool.ts'
import type { Job, Wake } from './job.ts'
import { openQueues, type QueueConnection, type Work } from './queue.ts'

export type Jobs = {
  wake: Wake
  /** Waits for what runs. */
  stop(): Promise<void>
}

/** @param jobs what this process works on; processes that only wake others give none. */
export function startJobs(
  jobs: readonly Job[],
  connection: QueueConnection,
  log: Log = () => undefined,
): Jobs {
  const queues = openQueues(connection, log)
  const adding = new Map<string, 'once' | 'again'>()

  /** While one addition is under way, further ones for the same work become a single one after. */
  async function add(name: string, id: string): Promise<void> {
    const key = `${name} ${id}`
    if (adding.has(key)) return void adding.set(key, 'again')
    do {
      adding.set(key, 'once')
      await queues.add(name, id).catch((error: Error) => {
        log('warn', 'wake-up lost', { job: name, reason: error.message })
      })
    } while (adding.get(key) === 'again')
    adding.delete(key)
  }

  const works = jobs.map(job => {
    const work = queues.work(job.name, job.concurrency ?? 1, id => job.run(id))
    return { work, sweeping: sweep(job, work, add, log) }
  })
  return {
    wake: (name, id) => void add(name, id),
    async stop() {
      await Promise.all(works.map(({ sweeping }) => sweeping.stop()))
      await Promise.all(works.map(({ work }) => work.close()))
      await queues.close()
    },
  }
}

type Add = (name: string, id: string) => Promise<void>

function sweep(job: Job, work: Work, add: Add, log: Log) {
  let running: Promise<void> | undefined
  let stopped = false
  async function once(): Promise<void> {
    try {
      const due = await job.due()
      for (const id of due) if (!stopped) await add(job.name, id)
      if (due.length > 0 && !stopped) await work.lookAfter()
    } catch (error) {
      log('warn', 'sweep failed', { job: job.name, reason: (error as Error).message })
    }
    running = undefined
  }
  const tick = () => {
    running ??= once()
  }
  const timer = setInterval(tick, job.sweepEveryMs)
  tick()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
