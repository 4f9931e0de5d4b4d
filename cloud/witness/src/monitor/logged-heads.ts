/**
 * Every device's newest head as a monitor has followed it, and those before it as far back as a
 * `heads-map` leaf may reach: what such a leaf is held against. Tables in the monitor's memory.
 */
import type { DatabaseSync } from 'node:sqlite'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { HEADS_MAP_LAG, type NewestHead } from '@tillproof/shared/wire/heads-map.ts'
import { headLeafHash } from './head-rule.ts'

const SCHEMA = `
CREATE TABLE logged_heads (
  leaf_index INTEGER PRIMARY KEY, origin TEXT NOT NULL, leaf_hash BLOB NOT NULL
) STRICT;
CREATE INDEX logged_heads_by_origin ON logged_heads (origin, leaf_index);
`

/** Makes the table; a folder that is older than it starts from the heads that it remembers. */
export function prepareLoggedHeads(database: DatabaseSync): void {
  const known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'logged_heads'"
  if (database.prepare(known).get() !== undefined) return
  database.exec('BEGIN IMMEDIATE')
  database.exec(SCHEMA)
  for (const row of database.prepare('SELECT origin, leaf_index, note FROM heads').all()) {
    const leafHash = headLeafHash(utf8(String(row.note)))
    const leafIndex = Number(row.leaf_index)
    addLoggedHead(database, { origin: String(row.origin), leafIndex, leafHash })
  }
  database.exec('COMMIT')
}

/** Forgets what no map may go back to any more. */
export function addLoggedHead(
  database: DatabaseSync,
  { origin, leafIndex, leafHash }: NewestHead,
): void {
  database
    .prepare('INSERT OR REPLACE INTO logged_heads VALUES (?, ?, ?)')
    .run(leafIndex, origin, leafHash)
  database
    .prepare(
      `DELETE FROM logged_heads WHERE origin = ?1 AND leaf_index <
         (SELECT max(leaf_index) FROM logged_heads WHERE origin = ?1 AND leaf_index < ?2)`,
    )
    .run(origin, leafIndex - HEADS_MAP_LAG)
}

/** The newest head of each origin among the first `size` leaves of the log. */
export function newestHeads(database: DatabaseSync, size: number): NewestHead[] {
  const rows = database
    .prepare(
      `SELECT origin, leaf_index, leaf_hash FROM logged_heads JOIN
         (SELECT max(leaf_index) AS leaf_index FROM logged_heads WHERE leaf_index < ?
           GROUP BY origin) USING (leaf_index)`,
    )
    .all(size)
  return rows.flatMap(({ origin, leaf_index: leafIndex, leaf_hash: leafHash }) =>
    leafHash instanceof Uint8Array
      ? [{ origin: String(origin), leafIndex: Number(leafIndex), leafHash }]
      : [],
  )
}
