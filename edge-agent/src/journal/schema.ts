/**
 * The tables of a journal, step by step from the first format to this one. A new file takes all
 * steps at once; an older one takes those that it lacks, after its lock is taken.
 */
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'

/** One step for each version of the file; an older file takes the steps that it lacks. */
const SCHEMA_STEPS = [
  `
CREATE TABLE entries (
  idx INTEGER PRIMARY KEY CHECK (idx >= 0),
  entry BLOB NOT NULL CHECK (length(entry) = 64),
  open BLOB NOT NULL,
  open_salt BLOB NOT NULL CHECK (length(open_salt) = 16),
  sealed BLOB,
  sealed_salt BLOB,
  CHECK ((sealed IS NULL) = (sealed_salt IS NULL))
) STRICT;
CREATE TABLE nodes (
  level INTEGER NOT NULL CHECK (level >= 1),
  idx INTEGER NOT NULL CHECK (idx >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE tip (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size >= 0),
  peaks BLOB NOT NULL,
  commits INTEGER NOT NULL,
  lock_nonce TEXT NOT NULL,
  lock_pid INTEGER NOT NULL,
  lock_started TEXT NOT NULL,
  lock_boot TEXT NOT NULL
) STRICT;
CREATE TABLE heads (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE receipts (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE vouchers (order_id TEXT PRIMARY KEY, idx INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  // At most one row: why nothing may be signed in this log any more, and what proves it.
  `
CREATE TABLE death (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL,
  known_size INTEGER,
  proof TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
`,
  // Parts may go when their time is over (see retention.ts); their entries stay. `released_to`: all
  // between the genesis event and this index are gone. `receipted`: when the cloud had how much.
  `
CREATE TABLE entries_3 (
  idx INTEGER PRIMARY KEY CHECK (idx >= 0),
  entry BLOB NOT NULL CHECK (length(entry) = 64),
  open BLOB,
  open_salt BLOB CHECK (length(open_salt) = 16),
  sealed BLOB,
  sealed_salt BLOB,
  CHECK ((open IS NULL) = (open_salt IS NULL)),
  CHECK ((sealed IS NULL) = (sealed_salt IS NULL)),
  CHECK (open IS NOT NULL OR sealed IS NULL)
) STRICT;
INSERT INTO entries_3 SELECT * FROM entries;
DROP TABLE entries;
ALTER TABLE entries_3 RENAME TO entries;
ALTER TABLE tip ADD COLUMN released_to INTEGER NOT NULL DEFAULT 1;
CREATE TABLE receipted (size INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
`,
  // Whose sealed part was erased, and by which event that is told.
  `
CREATE TABLE erased (idx INTEGER PRIMARY KEY, told_by INTEGER NOT NULL) STRICT;
`,
  // At most one row: what was shed and is not told by an event yet. JSON of shed.ts's Gap.
  `
CREATE TABLE shed (id INTEGER PRIMARY KEY CHECK (id = 1), gap TEXT NOT NULL) STRICT;
`,
]
export const SCHEMA_VERSION = SCHEMA_STEPS.length

/** Makes the tables of a new file; leaves any other as it is. */
export function createSchema(database: DatabaseSync, origin: string): void {
  within(database, () => {
    if (schemaVersion(database) !== 0) return
    takeSteps(database, 0)
    database
      .prepare(
        `INSERT INTO tip (id, origin, size, peaks, commits, lock_nonce, lock_pid, lock_started,
           lock_boot) VALUES (1, ?, 0, zeroblob(0), 0, '', 0, '', '')`,
      )
      .run(origin)
  })
}

/** Brings an older file up to date. Only for the holder of the lock. */
export function upgradeSchema(database: DatabaseSync): void {
  const version = schemaVersion(database)
  if (version === SCHEMA_VERSION) return
  within(database, () => takeSteps(database, version))
  try {
    // Rebuilding the file needs as much space again. Without it the file works, but never shrinks.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
  } catch {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

/** A file that no agent of this version has opened yet lacks what its readers look for. */
export function assertCurrent(database: DatabaseSync, path: string): void {
  const version = schemaVersion(database)
  if (version === SCHEMA_VERSION) return
  throw new TillproofError(
    'journal.other-format',
    `${path} has format ${version}; this program reads ${SCHEMA_VERSION}.`,
    'Start the agent once: it brings an older file up to date. A newer one needs a newer agent.',
  )
}

function takeSteps(database: DatabaseSync, version: number): void {
  for (const step of SCHEMA_STEPS.slice(version)) database.exec(step)
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
}

function within(database: DatabaseSync, write: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    write()
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
