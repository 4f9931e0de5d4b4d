/**
 * The only door to PostgreSQL.
 * `withTenant` runs a transaction as one organisation (row-level security applies), `withSystem`
 * one that sees all rows (ingest, workers, sign-in). The raw pools are not exported, because a
 * query outside a transaction would run without an organisation, or with the last one's.
 */
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { listener } from './listener.ts'
import { createPool, type Log, takeClient } from './pool.ts'

/** A running transaction. bigint columns come as bigint, timestamptz as Date, bytea as Buffer. */
export type Tx = {
  query<R extends object>(sql: string, values?: readonly unknown[]): Promise<R[]>
  /**
   * The quickest way in for many rows: `statement` is a `copy … from stdin`, `rows` are in its text
   * format (PostgreSQL, COPY, "Text Format"), made by `copyRow`; UTF-8 where they are bytes.
   */
  copy(statement: string, rows: string | Uint8Array): Promise<void>
}

/**
 * `idempotent` says that running the function twice does no harm, so that a transaction that a
 * deadlock, a serialization failure or a lost connection ended may be run again (at most 3 times).
 */
export type TxOptions = { idempotent?: boolean }

export type Db = {
  withTenant<T>(org: string, fn: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  withSystem<T>(fn: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  /** Calls `fn` for each notification; those sent while the connection was lost are gone. */
  listen(channel: string, fn: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export type DbOptions = {
  /** Connects as tillproof_api. */
  apiUrl: string
  /** Connects as tillproof_system. */
  systemUrl: string
  log?: Log
  /** Connections of each of the two pools. */
  poolSize?: number
  /** How long a transaction waits for a connection while the server is away. */
  acquireTimeoutMs?: number
}

export function openDb(options: DbOptions): Db {
  const log = options.log ?? (() => undefined)
  const poolSize = options.poolSize ?? 10
  const waitMs = options.acquireTimeoutMs ?? 15_000
  const api = createPool(options.apiUrl, poolSize, log)
  const system = createPool(options.systemUrl, poolSize, log)
  const notifications = listener(options.systemUrl, log)
  return {
    withTenant: (org, fn, txOptions) =>
      attempt(txOptions, async () => transaction(await takeClient(api, waitMs), org, fn)),
    withSystem: (fn, txOptions) =>
      attempt(txOptions, async () => transaction(await takeClient(system, waitMs), null, fn)),
    listen: notifications.listen,
    async close() {
      await Promise.all([notifications.close(), api.end(), system.end()])
    },
  }
}

async function transaction<T>(
  client: PoolClient,
  org: string | null,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> {
  let broken: Error | undefined
  try {
    await client.query('begin')
    if (org !== null) await client.query("select set_config('tillproof.org', $1, true)", [org])
    const result = await fn({
      query: (sql, values) => rows(client, sql, values),
      copy: (statement, text) => copy(client, statement, text),
    })
    await client.query('commit')
    return result
  } catch (error) {
    broken = await rollback(client)
    throw error
  } finally {
    client.release(broken)
  }
}

/** Answers the error that makes the connection unfit for another transaction, if any. */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback')
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function rows<R extends object>(
  client: PoolClient,
  sql: string,
  values?: readonly unknown[],
): Promise<R[]> {
  const result = await client.query<R>(sql, values === undefined ? undefined : [...values])
  return result.rows
}

function copy(client: PoolClient, statement: string, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = client.query(copyFrom(statement))
    sink.once('error', reject)
    sink.once('finish', resolve)
    sink.end(text)
  })
}

const ATTEMPTS = 3

async function attempt<T>(options: TxOptions | undefined, run: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await run()
    } catch (error) {
      if (options?.idempotent !== true || tried === ATTEMPTS || !isPassing(error)) throw error
    }
  }
}

/**
 * Whether the same may succeed later: SQLSTATE classes 08 (connection), 57P0x (shutdown), 40001 and
 * 40P01, a server that took no connection, node's socket errors.
 */
export function isPassing(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string')
    return /^(08|57P0|40001|40P01|ECONN|EPIPE|database\.unavailable)/.test(code)
  const { message } = error as { message?: unknown }
  return /^(Connection terminated|Client has encountered)/.test(String(message))
}
