/**
 * Opens a journal's SQLite file and makes sure that a commit means "on the medium".
 *
 * Vocabulary: an *entry* is the 64-byte commitment of one event, kept beside its parts; a *node*
 * is the hash of a complete subtree, written once; the *tip* is the one row that says how far the
 * log goes and who may write; a *head* is a signed tip; a *receipt* is the cloud's answer to one.
 */
import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { createSchema, SCHEMA_VERSION, schemaVersion } from './schema.ts'

/** How long a statement waits for another process. */
const BUSY_TIMEOUT_MS = 5000

/**
 * Opens or makes the file at `path`. For a new file `origin` is written down; for an old one it
 * must be the same. Throws `journal.sqlite-version`, `journal.medium`, `journal.foreign`.
 */
export function openDatabase(path: string, origin: string): DatabaseSync {
  const isNew = !existsSync(path)
  // From the first statement on: another process may be in the midst of a commit.
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    assertSqliteVersion(sqliteVersion(database))
    // Only an empty file takes this as it is; an older one is rebuilt when it is upgraded.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    setDurability(database)
    // What is erased or released must not lie on in the file's unused places.
    database.exec('PRAGMA secure_delete = ON')
    createSchema(database, origin)
    assertSame(database, path, origin)
    if (isNew) secureNewFile(path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens an existing journal to look at it only; the owner may go on writing. */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new TillproofError(
      'journal.missing',
      `There is no journal at ${path}.`,
      'Enrol this gateway first: tillproof agent enrol <code> --server <url>.',
    )
  }
  return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
}

/** Versions that can corrupt a write-ahead log when it is reset, or were withdrawn, are refused. */
export function assertSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const atLeast = major * 1_000_000 + minor * 1000 + patch >= 3_051_003
  if (atLeast && version !== '3.52.0') return
  throw new TillproofError(
    'journal.sqlite-version',
    `SQLite ${version} is not safe for the journal.`,
    'Run the agent with a Node.js that bundles SQLite 3.51.3 or newer (not 3.52.0).',
  )
}

function sqliteVersion(database: DatabaseSync): string {
  return String(database.prepare('SELECT sqlite_version() AS version').get()?.version)
}

function setDurability(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;')
  const mode = database.prepare('PRAGMA journal_mode').get()?.journal_mode
  const synchronous = database.prepare('PRAGMA synchronous').get()?.synchronous
  if (mode === 'wal' && synchronous === 2) return
  throw new TillproofError(
    'journal.medium',
    `The journal's medium does not allow WAL with full sync (${mode}, ${synchronous}).`,
    'Put the home folder on a local file system.',
  )
}

function assertSame(database: DatabaseSync, path: string, origin: string): void {
  const version = schemaVersion(database)
  const found = database.prepare('SELECT origin FROM tip').get()?.origin
  if (version <= SCHEMA_VERSION && found === origin) return
  throw new TillproofError(
    'journal.foreign',
    `${path} is the journal of ${String(found)} (format ${version}), not of ${origin}.`,
    'Give each identity its own home folder, or bring back the folder that belongs to it.',
  )
}

/** Events hold personal data: only the owner reads them. The folder entry is synced as well. */
function secureNewFile(path: string): void {
  chmodSync(path, 0o600)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
