/**
 * Database and chain of a cloud that was given none: both as children of the process with the role
 * `embedded`, their addresses in a file for the processes with the other roles.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'
import { z } from 'zod'
import type { Log } from '../db/pool.ts'
import { startChain } from './chain.ts'
import { takeLock } from './lock.ts'
import { startPostgres } from './postgres.ts'

const addresses = z.object({ databaseUrl: z.string(), chainRpc: z.string() })
export type Addresses = z.infer<typeof addresses>

export type EmbeddedOptions = {
  /** File for the others. */
  file: string
  /** Left out when the database is elsewhere; `url` then says where. */
  postgres: { dir: string } | { url: string }
  /** Left out when the chain is elsewhere. */
  chain: { dir: string; chainId: number; fund: readonly string[] } | { url: string }
  log: Log
  /** Makes the database ready, as its owner, before others are told of it. */
  prepare(databaseUrl: string): Promise<void>
}
export type Embedded = Addresses & { stop(): Promise<void> }

const DATABASE = 'tillproof'

/** Throws `embedded.taken` while another process keeps the parts of this folder. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { file, postgres, chain, log } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops.toReversed()) await one()
  }
  try {
    stops.push(await takeLock(join(dirname(file), 'embedded.lock')))
    const databaseUrl = 'url' in postgres ? postgres.url : await ownPostgres(postgres.dir)
    await options.prepare(databaseUrl)
    const chainRpc = 'url' in chain ? chain.url : await ownChain(chain)
    await writeWhole(file, JSON.stringify({ databaseUrl, chainRpc }))
    return { databaseUrl, chainRpc, stop }
  } catch (error) {
    await stop()
    throw error
  }

  async function ownPostgres(dir: string): Promise<string> {
    const server = await startPostgres({ dir, log })
    stops.push(server.stop)
    await ensureDatabase(server.urlOf('postgres'))
    return server.urlOf(DATABASE)
  }

  async function ownChain(own: { dir: string; chainId: number; fund: readonly string[] }) {
    const started = await startChain({ ...own, log })
    stops.push(started.stop)
    return started.rpcUrl
  }
}

/** For commands that need the database whether the cloud runs or not; leaves it as it was. */
export async function withEmbeddedDatabase<T>(
  dir: string,
  log: Log,
  fn: (ownerUrl: string) => Promise<T>,
): Promise<T> {
  const server = await startPostgres({ dir, log })
  try {
    await ensureDatabase(server.urlOf('postgres'))
    return await fn(server.urlOf(DATABASE))
  } finally {
    if (server.adopted) await server.release()
    else await server.stop()
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rows.length === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

/** Holds the owner's password, hence for its owner's eyes only. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

const PATIENCE_MS = 60_000

/** For processes without the role: waits until the one with it has said where they are. */
export async function awaitAddresses(file: string): Promise<Addresses> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await readFile(file, 'utf8').catch(() => undefined)
    if (found !== undefined) return addresses.parse(JSON.parse(found))
    if (performance.now() > giveUpAt) {
      throw new TillproofError(
        'embedded.not-found',
        'no process with the role "embedded" has started in this data folder',
        'start one, or give DATABASE_URL and ANCHOR_RPC_URL',
      )
    }
    await sleep(200)
  }
}
