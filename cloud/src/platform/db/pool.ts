/**
 * Connection pools that outlive the server: a database that is killed and started again costs
 * running transactions an error and later ones a wait, never the process.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import pg from 'pg'

/** `fields` are facts for the log line, never secrets. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void

const STATEMENT_TIMEOUT_MS = 60_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000

/** @param options.statementTimeoutMs 0 for connections that listen and wait. */
export function createPool(
  url: string,
  size: number,
  log: Log,
  options: { statementTimeoutMs?: number } = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    types: columnTypes,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  // Without these listeners a lost connection would be an uncaught exception: the pool reports
  // idle clients, the client itself those that are lent out.
  pool.on('error', error => log('warn', 'idle database connection lost', { reason: error.message }))
  pool.on('connect', client => {
    client.on('error', () => undefined)
  })
  return pool
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000

/** Borrows a connection, waiting for a server that is away; nothing has been done yet. */
export async function takeClient(pool: pg.Pool, waitMs: number): Promise<pg.PoolClient> {
  const giveUpAt = performance.now() + waitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await pool.connect()
    } catch (error) {
      if (pool.ending || !isServerAway(error) || performance.now() + pauseMs > giveUpAt) {
        throw unavailable(error)
      }
    }
    await sleep(pauseMs)
  }
}

function isServerAway(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  if (code !== undefined) return /^(ECONN|EPIPE|ENOENT|ETIMEDOUT|57P0|53300)/.test(code)
  return /timeout|terminated/i.test(message ?? '')
}

function unavailable(cause: unknown): TillproofError {
  return new TillproofError(
    'database.unavailable',
    'the database does not take connections',
    'check that PostgreSQL runs and that the address and password are right',
    { cause },
  )
}

const INT8 = 20
const INT8_ARRAY = 1016

/** int8 as bigint, also in arrays; everything else as node-postgres reads it. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return BigInt
      if (oid === INT8_ARRAY) return readInt8Array
    }
    return pg.types.getTypeParser(oid, format ?? 'text')
  },
} as pg.CustomTypesConfig

function readInt8Array(text: string): (bigint | null)[] {
  if (text === '{}') return []
  return text
    .slice(1, -1)
    .split(',')
    .map(item => (item === 'NULL' ? null : BigInt(item)))
}
