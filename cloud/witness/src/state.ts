/**
 * What a witness must never forget: for each log the largest checkpoint it cosigned, in a SQLite
 * file whose commits are on the medium before they return. One row moves by compare-and-swap, so
 * that even two processes on one file cannot cosign two histories.
 *
 * Trust: the file's medium must not lie about flushing, and nobody may put an older copy back. A
 * witness without its state must be retired with its key, never started afresh: `openState`
 * refuses.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { openDurable } from './durable.ts'

export type Cosigned = { size: number; root: Uint8Array; note: string; atS: number }
/** A checkpoint that a trusted log signed and that this witness must not cosign. */
export type Refused = { origin: string; kind: 'fork' | 'bad-proof'; note: string; atS: number }

export type WitnessState = {
  latest(origin: string): Cosigned | undefined
  /** False when the stored size is no longer `oldSize`; then nothing was written. */
  advance(origin: string, oldSize: number, next: Cosigned): boolean
  keepRefused(refused: Refused): void
  refused(): Refused[]
  close(): void
}

const SCHEMA = `
CREATE TABLE witness (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  vkey TEXT NOT NULL
) STRICT;
CREATE TABLE cosigned (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL CHECK (size >= 0),
  root BLOB NOT NULL CHECK (length(root) = 32),
  note TEXT NOT NULL,
  at_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('fork', 'bad-proof')),
  note TEXT NOT NULL UNIQUE,
  at_s INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 1;
`
/**
 * Enough of each kind to prove misbehaviour; a log that signs nonsense must not fill the disk, nor
 * anybody who sends its checkpoints with rubbish for a proof take a fork's place.
 */
const MAX_REFUSED = 100

function fileIn(dir: string): string {
  return join(dir, 'state.db')
}

/** Makes the state of a new witness; refuses when there is one. */
export function createState(dir: string, vkey: string): void {
  if (existsSync(fileIn(dir))) {
    throw new TillproofError(
      'witness.exists',
      `there is a witness in ${dir}`,
      'Run it, or give another --dir.',
    )
  }
  const database = openDurable(fileIn(dir))
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA}`)
  database.prepare('INSERT INTO witness (id, vkey) VALUES (1, ?)').run(vkey)
  database.exec('COMMIT')
  database.close()
}

/** Opens the state of the witness with this vkey; a missing or foreign one is refused. */
export function openState(dir: string, vkey: string): WitnessState {
  if (!existsSync(fileIn(dir))) {
    throw new TillproofError(
      'witness.state-missing',
      `the witness in ${dir} has a key and no state, so it cannot know what it cosigned`,
      'Put its state.db back. If that is lost, retire this key and make a new witness.',
    )
  }
  const database = openDurable(fileIn(dir))
  const row = database.prepare('SELECT vkey FROM witness').get()
  if (row?.vkey !== vkey) {
    database.close()
    throw new TillproofError(
      'witness.state-foreign',
      `the state in ${dir} belongs to ${String(row?.vkey)}`,
      'Put the state back that belongs to this key.',
    )
  }
  return stateOn(database)
}

function stateOn(database: DatabaseSync): WitnessState {
  return {
    latest: origin => latest(database, origin),
    advance: (origin, oldSize, next) => advance(database, origin, oldSize, next),
    keepRefused: refused => keepRefused(database, refused),
    refused: () => listRefused(database),
    close: () => database.close(),
  }
}

function latest(database: DatabaseSync, origin: string): Cosigned | undefined {
  const row = database
    .prepare('SELECT size, root, note, at_s FROM cosigned WHERE origin = ?')
    .get(origin)
  if (row === undefined || !(row.root instanceof Uint8Array)) return undefined
  return { size: Number(row.size), root: row.root, note: String(row.note), atS: Number(row.at_s) }
}

/** One statement, hence one transaction: it is on the medium when this returns. */
function advance(database: DatabaseSync, origin: string, oldSize: number, next: Cosigned): boolean {
  const values = [next.size, next.root, next.note, next.atS]
  const { changes } =
    latest(database, origin) === undefined && oldSize === 0
      ? database
          .prepare('INSERT INTO cosigned VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
          .run(origin, ...values)
      : database
          .prepare(
            `UPDATE cosigned SET size = ?, root = ?, note = ?, at_s = ?
             WHERE origin = ? AND size = ?`,
          )
          .run(...values, origin, oldSize)
  return changes === 1
}

function keepRefused(database: DatabaseSync, { origin, kind, note, atS }: Refused): void {
  database
    .prepare(
      `INSERT INTO refused (origin, kind, note, at_s) SELECT ?, ?, ?, ?
       WHERE (SELECT count(*) FROM refused WHERE kind = ?) < ? ON CONFLICT DO NOTHING`,
    )
    .run(origin, kind, note, atS, kind, MAX_REFUSED)
}

function listRefused(database: DatabaseSync): Refused[] {
  const rows = database.prepare('SELECT origin, kind, note, at_s FROM refused ORDER BY id').all()
  return rows.map(row => ({
    origin: String(row.origin),
    kind: row.kind === 'fork' ? 'fork' : 'bad-proof',
    note: String(row.note),
    atS: Number(row.at_s),
  }))
}
