/**
 * A real PostgreSQL as a child: made at first start, restarted on the same port when it dies, and
 * adopted when an earlier process of ours was killed and left it running.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'
import type { Log } from '../db/pool.ts'
import { keepSecret } from '../keys.ts'
import { choosePort, isAlive, watch } from './child.ts'
import { initialise } from './postgres-init.ts'
import { choosePlace, type Place } from './postgres-place.ts'

export type PostgresServer = {
  port: number
  /** It ran already, started by another process of ours that lives or was killed. */
  adopted: boolean
  /** Connects as the owner of everything. */
  urlOf(database: string): string
  /** Process id of the postmaster, undefined while it is down. */
  pid(): Promise<number | undefined>
  /** Stops watching it, and leaves it running. */
  release(): Promise<void>
  stop(): Promise<void>
}
export type PostgresOptions = {
  dir: string
  log: Log
  /** False gives up crash safety for speed; for tests whose data nobody needs. */
  durable?: boolean
}

export const OWNER = 'tillproof'
const START_PATIENCE_MS = 90_000

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const place = await choosePlace(options.dir)
  const passwordFile = join(options.dir, 'password')
  const password = await keepSecret(passwordFile, () => randomBytes(24).toString('hex'))
  await initialise(place, OWNER, password)
  const adopted = (await livePid(place)) !== undefined
  const server = {
    options,
    place,
    password,
    port: await choosePort(options.dir, adopted),
  }
  await ensureRunning(server)
  const stopWatching = watch({
    name: 'PostgreSQL',
    log: options.log,
    isRunning: async () => (await livePid(place)) !== undefined,
    start: () => ensureRunning(server),
  })
  return {
    port: server.port,
    adopted,
    urlOf: database => urlOf(server, database),
    pid: () => livePid(place),
    release: stopWatching,
    async stop() {
      await stopWatching()
      await shutDown(place)
    },
  }
}

type Server = { options: PostgresOptions; place: Place; password: string; port: number }

function urlOf({ password, port }: Server, database: string): string {
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`
}

/**
 * Starts the server unless it runs, and waits until it answers. Tried again and again, because
 * after a kill -9 the old backends hold the shared memory for a moment and the new server refuses
 * to start beside them; and patiently, because recovery first syncs the whole data folder.
 */
async function ensureRunning(server: Server): Promise<void> {
  const giveUpAt = performance.now() + START_PATIENCE_MS
  for (;;) {
    if ((await livePid(server.place)) === undefined) await launch(server)
    try {
      await answers(server)
      return
    } catch (cause) {
      if (performance.now() > giveUpAt) throw notStarting(server, cause)
      await sleep(100)
    }
  }
}

function notStarting({ options }: Server, cause: unknown): TillproofError {
  return new TillproofError(
    'postgres.not-starting',
    'the embedded PostgreSQL does not start',
    `read ${join(options.dir, 'postgres.log')}`,
    { cause },
  )
}

async function launch({ options, place, port }: Server): Promise<void> {
  const output = await open(join(options.dir, 'postgres.log'), 'a', 0o600)
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
  }
  const args = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  // Detached: a Ctrl-C at the terminal must reach us first, so that we stop before the database.
  const child = spawn(join(place.binDir, 'postgres'), ['-D', place.dataDir, ...args], {
    cwd: place.dataDir,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
    ...place.user,
  })
  child.on('error', error => options.log('error', 'postgres', { reason: error.message }))
  child.unref()
  await writeFile(join(options.dir, 'pid'), String(child.pid))
  await output.close()
  await sleep(50)
}

async function answers(server: Server): Promise<void> {
  const client = new pg.Client({
    connectionString: urlOf(server, 'postgres'),
    connectionTimeoutMillis: 2_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Process id in postmaster.pid if that process lives and is a postgres. */
async function livePid(place: Place): Promise<number | undefined> {
  const file = join(place.dataDir, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')
  if (command.includes('postgres')) return pid
  // After a reboot the number may belong to somebody else, and PostgreSQL would refuse to start.
  await rm(file, { force: true })
  return undefined
}

const PATIENCE_MS = 10_000

/** SIGINT is PostgreSQL's fast shutdown; SIGQUIT gives up and leaves recovery to the next start. */
async function shutDown(place: Place): Promise<void> {
  const pid = await livePid(place)
  if (pid === undefined) return
  process.kill(pid, 'SIGINT')
  const giveUpAt = performance.now() + PATIENCE_MS
  while (isAlive(pid)) {
    if (performance.now() > giveUpAt) {
      process.kill(pid, 'SIGQUIT')
      return
    }
    await sleep(20)
  }
}
