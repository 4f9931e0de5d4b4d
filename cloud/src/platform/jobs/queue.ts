/**
 * Wake-ups through BullMQ, on PostgreSQL or on Redis. An entry carries an id and nothing else; when
 * one is lost, doubled or fails, the sweep finds the work again, so entries are dropped as soon as
 * they are done, however they ended.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import {
  createPostgresBackend,
  type PostgresConnectionOptions,
  Queue,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import pg from 'pg'
import { createPool, type Log } from '../db/pool.ts'
import { lastingWorker, type Worker as OneWorker, type Run } from './lasting-worker.ts'
import { redisClients } from './redis-clients.ts'

export type QueueConnection = { postgresUrl: string } | { redisUrl: string }

/** BullMQ's own default, which is the only one it allows beside a pool of ours. */
export const QUEUE_SCHEMA = 'bullmq'

/** A queue being added to. */
type Entries = {
  add(name: string, data: { id: string }, options: object): Promise<unknown>
  /** How many entries nobody has begun. */
  waiting(): Promise<number>
  /** Rejects when its first connection failed: then it stays failed. */
  ready(): Promise<unknown>
  close(): Promise<void>
}
type Backend = {
  queue(name: string): Entries
  worker(name: string, run: Run, options: Timing): OneWorker
  close(): Promise<void>
}
type Timing = Pick<WorkerOptions, 'concurrency' | keyof typeof TIMING>

export type Work = {
  /** To be called now and then while work is due, so that a stuck worker is found and replaced. */
  lookAfter(): Promise<void>
  /** Waits for what runs. */
  close(): Promise<void>
}
export type Queues = {
  add(name: string, id: string): Promise<void>
  work(name: string, concurrency: number, run: Run): Work
  close(): Promise<void>
}

/** After a killed worker its entry is taken up again within about twice this time. */
const LOCK_MS = 10_000

const TIMING = {
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS,
  runRetryDelay: 1_000,
  // A worker that runs before it is connected takes the whole process's time when it cannot be.
  autorun: false,
}

const ENTRY = {
  // The sweep is what tries again, so what is done leaves, however it ended.
  removeOnComplete: true,
  removeOnFail: true,
}

export function openQueues(connection: QueueConnection, log: Log): Queues {
  const backend =
    'redisUrl' in connection
      ? onRedis(connection.redisUrl, log)
      : onPostgres(connection.postgresUrl, log)
  const queues = new Map<string, Entries>()

  function queueOf(name: string): Entries {
    const known = queues.get(name)
    if (known !== undefined) return known
    const queue = backend.queue(name)
    queues.set(name, queue)
    // Where its first connection fails the next use opens another.
    queue.ready().catch(() => {
      if (queues.get(name) === queue) queues.delete(name)
      return queue.close().catch(() => undefined)
    })
    return queue
  }

  return {
    async add(name, id) {
      // One entry waits at most; one that comes while the work runs makes it run once more.
      const deduplication = { id, keepLastIfActive: true }
      await queueOf(name).add('wake', { id }, { deduplication, ...ENTRY })
    },
    work(name, concurrency, run) {
      const open = (counted: Run) => backend.worker(name, counted, { concurrency, ...TIMING })
      const worker = lastingWorker(open, run, (level, message, fields) =>
        log(level, message, { job: name, ...fields }),
      )
      return {
        lookAfter: async () => worker.lookAfter(await queueOf(name).waiting()),
        close: worker.close,
      }
    },
    async close() {
      await Promise.all([...queues.values()].map(queue => queue.close()))
      await backend.close()
    },
  }
}

/** Waiting workers and queues hold a connection each, opened when needed. */
const MOST_CONNECTIONS = 40

function onPostgres(url: string, log: Log): Backend {
  const quietly = withoutRepeats(log)
  const searchPath = new URL(url)
  searchPath.searchParams.set('options', `-c search_path=${QUEUE_SCHEMA}`)
  // A pool of ours, because its lent-out connections survive the server's death (see pool.ts).
  const pool = createPool(searchPath.href, MOST_CONNECTIONS, log, { statementTimeoutMs: 0 })
  const connection = lent(pool)
  return {
    queue(name) {
      const queue = watched(new Queue(name, { connection }, createPostgresBackend), quietly)
      return {
        add: (entry, data, options) => queue.add(entry, data, options),
        waiting: () => queue.getWaitingCount(),
        ready: () => queue.waitUntilReady(),
        close: () => queue.close(),
      }
    },
    worker(name, run, options) {
      const work = async (entry: { data: { id: string } }) => run(entry.data.id)
      const worker = new Worker(name, work, { connection, ...options }, createPostgresBackend)
      worker.on('failed', (_entry, error) => failed(log, name, error))
      watched(worker, quietly)
      return { work: () => readyThenRun(worker), close: () => worker.close() }
    },
    close: () => pool.end(),
  }
}

/**
 * The pool as a queue or a worker gets it. Each would listen for the pool's errors and never stop,
 * also when it is closed, so that listeners would pile up; the pool's errors are logged already.
 */
function lent(pool: pg.Pool): PostgresConnectionOptions {
  const view = {
    options: pool.options,
    connect: () => pool.connect(),
    query: (text: string, values?: unknown[]) => pool.query(text, values),
    end: async () => undefined,
    on: () => view,
  }
  // Its own type of a pool is this one without the overloads.
  return view as unknown as PostgresConnectionOptions
}

function onRedis(url: string, log: Log): Backend {
  const quietly = withoutRepeats(log)
  if (!URL.canParse(url)) throw badRedisUrl()
  const clients = redisClients(url)
  return {
    queue(name) {
      const queue = watched(new Queue(name, { connection: clients.adding() }), quietly)
      return {
        add: (entry, data, options) => answered(queue.add(entry, data, options)),
        waiting: () => answered(queue.getWaitingCount()),
        ready: () => queue.waitUntilReady(),
        close: () => closed(queue),
      }
    },
    worker(name, run, options) {
      const work = async (entry: { data: { id: string } }) => run(entry.data.id)
      const worker = new Worker(name, work, { connection: clients.working(), ...options })
      worker.on('failed', (_entry, error) => failed(log, name, error))
      watched(worker, quietly)
      return { work: () => readyThenRun(worker), close: () => closed(worker) }
    },
    close: async () => clients.end(),
  }
}

/** So long Redis may take for one entry, or to hear that we end; the sweep makes up for it. */
const REDIS_PATIENCE_MS = 2_000

async function answered<T>(asked: Promise<T>): Promise<T> {
  const late = sleep(REDIS_PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw redisAway()
  })
  return await Promise.race([asked, late])
}

async function closed(part: { close(): Promise<void> }): Promise<void> {
  const closing = part.close().catch(() => undefined)
  await Promise.race([closing, sleep(REDIS_PATIENCE_MS, undefined, { ref: false })])
}

const REPEAT_MS = 1_000

/** A lost server is reported by every queue and worker at once; one line tells as much. */
function withoutRepeats(log: Log): Log {
  let last = ''
  let lastMs = Number.NEGATIVE_INFINITY
  return (level, message, fields) => {
    const line = JSON.stringify([level, message, fields])
    const isRepeat = line === last && performance.now() - lastMs < REPEAT_MS
    if (isRepeat) return
    last = line
    lastMs = performance.now()
    log(level, message, fields)
  }
}

async function readyThenRun(worker: Pick<Worker, 'waitUntilReady' | 'run'>): Promise<void> {
  await worker.waitUntilReady()
  await worker.run()
}

/** Without a listener a lost connection would end the process. */
function watched<T extends { on(event: 'error', fn: (error: Error) => void): unknown }>(
  part: T,
  log: Log,
): T {
  part.on('error', error => log('warn', 'queue', { reason: error.message }))
  return part
}

function failed(log: Log, job: string, error: Error): void {
  log('error', 'job failed', { job, reason: error.stack ?? error.message })
}

function badRedisUrl(): TillproofError {
  return new TillproofError(
    'queue.redis-url',
    'the address of Redis is not a URL',
    'give it as redis://user:password@host:port',
  )
}

function redisAway(): TillproofError {
  return new TillproofError(
    'queue.redis-away',
    'Redis does not answer',
    'check that it runs and that its address is right; jobs wait for it',
  )
}

/** Makes or updates the queue's tables as the owner, and lets the system role use them. */
export async function prepareQueue(ownerUrl: string): Promise<void> {
  const connection = { connectionString: ownerUrl, schema: QUEUE_SCHEMA, migrate: true }
  const queue = new Queue('prepare', { connection }, createPostgresBackend)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await queue.waitUntilReady()
    for (const what of ['tables', 'sequences', 'functions']) {
      await client.query(`grant all on all ${what} in schema ${QUEUE_SCHEMA} to tillproof_system`)
    }
    // It also creates: each queue numbers its entries by a sequence made with its first one.
    await client.query(`grant usage, create on schema ${QUEUE_SCHEMA} to tillproof_system`)
  } finally {
    await queue.close()
    await client.end()
  }
}
