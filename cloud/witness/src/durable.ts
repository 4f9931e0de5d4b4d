/**
 * SQLite files whose commits are on the medium before they return: what a witness or a monitor
 * remembers must survive a power cut at any moment.
 */
import { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'

const BUSY_TIMEOUT_MS = 5_000

/** WAL with synchronous=FULL: a commit returns only after its bytes were flushed. */
export function openDurable(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  assertSqliteVersion(String(database.prepare('SELECT sqlite_version() AS v').get()?.v))
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode
  const synchronous = database.prepare('PRAGMA synchronous').get()?.synchronous
  if (mode === 'wal' && synchronous === 2) return database
  database.close()
  throw new TillproofError(
    'witness.not-durable',
    `SQLite gives journal_mode ${String(mode)} and synchronous ${String(synchronous)} for ${file}`,
    'Put the directory on a local file system that supports write-ahead logging.',
  )
}

/** Before 3.51.3 a WAL reset can corrupt the file; 3.52.0 was withdrawn. */
function assertSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const isOld = major * 1e6 + minor * 1e3 + patch < 3_051_003
  if (!isOld && version !== '3.52.0') return
  throw new TillproofError(
    'witness.sqlite-version',
    `SQLite ${version} may corrupt what is kept here`,
    'Run this with the Node version that this repository pins.',
  )
}
