/**
 * What a monitor remembers of one log: how far it followed, the newest head of every device, and
 * what it found. One SQLite file, moved forward in one transaction a round, so that no crash loses
 * a finding or follows on from half a round. Each finding also lies in `findings/` as a file to
 * hand on.
 *
 * Trust: whoever can change this folder can make the monitor forget; it holds no secret.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { decodePeaks, emptyPeaks, encodePeaks, type Peaks } from '@tillproof/shared/merkle/peaks.ts'
import type { NewestHead } from '@tillproof/shared/wire/heads-map.ts'
import { openDurable } from '../durable.ts'
import type { KnownBook } from './book-rule.ts'
import { type Finding, passing, placeOf } from './finding.ts'
import { addBatchLeaf, BOOKS_SCHEMA, batchLeaf, book, setBook } from './followed-books.ts'
import type { KnownHead } from './head-rule.ts'
import { addLoggedHead, newestHeads, prepareLoggedHeads } from './logged-heads.ts'
import {
  AGREEMENTS_SCHEMA,
  type ProvenAgreements,
  provenAgreements,
} from './recompute/proven-agreements.ts'
import {
  RECOMPUTED_SCHEMA,
  type RecomputedBooks,
  recomputedBooks,
} from './recompute/recomputed-books.ts'
import { TOLD_SCHEMA, type ToldSales, toldSales } from './recompute/told-sales.ts'

/** `note` is the checkpoint whose tree the peaks are of; undefined before the first. */
export type Followed = { peaks: Peaks; note: string | undefined }
export type KeptFinding = Finding & { foundAt: string; file: string }

export type Memory = {
  followed(): Followed
  head(origin: string): KnownHead | undefined
  heads(): number
  findings(): KeptFinding[]
  /** Runs `work` in one transaction; it is undone when `work` says so or throws. */
  inRound<T>(work: () => Promise<{ keep: boolean; value: T }>): Promise<T>
  setFollowed(followed: { peaks: Peaks; note: string }): void
  setHead(origin: string, head: KnownHead): void
  /** A head as the log shows it, whether its rule holds or not; leaves come in order. */
  addLoggedHead(head: NewestHead): void
  /** The newest head of each origin among the first `size` leaves. */
  newestHeads(size: number): NewestHead[]
  /** @param hash body of a `posting-batch` leaf */
  addBatchLeaf(hash: Uint8Array, leafIndex: number): void
  batchLeaf(hash: Uint8Array): number | undefined
  book(operatorId: string): KnownBook | undefined
  setBook(operatorId: string, book: KnownBook): void
  agreements: ProvenAgreements
  recomputed: RecomputedBooks
  told: ToldSales
  /** Keeps those that are new and prove something, in the database and as files. */
  keep(found: readonly Finding[], nowMs: number): void
  close(): void
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS followed (
  id INTEGER PRIMARY KEY CHECK (id = 1), vkey TEXT NOT NULL, peaks BLOB NOT NULL, note TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS heads (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
  evidence_key BLOB NOT NULL, leaf_index INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS findings (
  key TEXT PRIMARY KEY, finding TEXT NOT NULL, found_at TEXT NOT NULL
) STRICT;
`
/** Enough to prove misbehaviour; a log full of lies must not fill the disk. */
const MAX_FINDINGS = 1000

/** Opens the memory of the log with this vkey, or makes it; a foreign one is refused. */
export function openMemory(dir: string, vkey: string): Memory {
  mkdirSync(join(dir, 'findings'), { recursive: true })
  const database = openDurable(join(dir, 'monitor.db'))
  database.exec(SCHEMA)
  database.exec(`${BOOKS_SCHEMA}${AGREEMENTS_SCHEMA}${RECOMPUTED_SCHEMA}${TOLD_SCHEMA}`)
  database
    .prepare('INSERT INTO followed VALUES (1, ?, ?, NULL) ON CONFLICT DO NOTHING')
    .run(vkey, encodePeaks(emptyPeaks))
  const row = database.prepare('SELECT vkey FROM followed').get()
  if (row?.vkey !== vkey) {
    database.close()
    throw new TillproofError(
      'monitor.foreign',
      `the folder ${dir} follows ${String(row?.vkey)}, not ${vkey}`,
      'Give another --dir for this log.',
    )
  }
  prepareLoggedHeads(database)
  const memory = memoryOn(database, dir)
  writeFiles(dir, memory.findings())
  return memory
}

function memoryOn(database: DatabaseSync, dir: string): Memory {
  return {
    followed: () => followed(database),
    head: origin => head(database, origin),
    heads: () => Number(database.prepare('SELECT count(*) AS n FROM heads').get()?.n),
    findings: () => findings(database),
    inRound: work => inRound(database, work),
    setFollowed({ peaks, note }) {
      database.prepare('UPDATE followed SET peaks = ?, note = ?').run(encodePeaks(peaks), note)
    },
    setHead: (origin, known) => setHead(database, origin, known),
    addLoggedHead: head => addLoggedHead(database, head),
    newestHeads: size => newestHeads(database, size),
    addBatchLeaf: (hash, leafIndex) => addBatchLeaf(database, hash, leafIndex),
    batchLeaf: hash => batchLeaf(database, hash),
    book: operatorId => book(database, operatorId),
    setBook: (operatorId, known) => setBook(database, operatorId, known),
    agreements: provenAgreements(database),
    recomputed: recomputedBooks(database),
    told: toldSales(database),
    keep(found, nowMs) {
      const lasting = found.filter(({ kind }) => !passing.includes(kind))
      for (const finding of lasting) keep(database, finding, nowMs)
      if (lasting.length > 0) writeFiles(dir, findings(database))
    },
    close: () => database.close(),
  }
}

async function inRound<T>(
  database: DatabaseSync,
  work: () => Promise<{ keep: boolean; value: T }>,
): Promise<T> {
  database.exec('BEGIN IMMEDIATE')
  let isKept = false
  try {
    const result = await work()
    isKept = result.keep
    return result.value
  } finally {
    database.exec(isKept ? 'COMMIT' : 'ROLLBACK')
  }
}

function followed(database: DatabaseSync): Followed {
  const row = database.prepare('SELECT peaks, note FROM followed').get()
  const peaks = row?.peaks instanceof Uint8Array ? decodePeaks(row.peaks) : emptyPeaks
  return { peaks, note: typeof row?.note === 'string' ? row.note : undefined }
}

function head(database: DatabaseSync, origin: string): KnownHead | undefined {
  const row = database.prepare('SELECT * FROM heads WHERE origin = ?').get(origin)
  const [root, evidenceKey] = [row?.root, row?.evidence_key]
  if (!(root instanceof Uint8Array) || !(evidenceKey instanceof Uint8Array)) return undefined
  const { size, note, leaf_index: leafIndex } = row ?? {}
  return { size: Number(size), root, note: String(note), evidenceKey, leafIndex: Number(leafIndex) }
}

function setHead(database: DatabaseSync, origin: string, known: KnownHead): void {
  database
    .prepare('INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?, ?)')
    .run(origin, known.size, known.root, known.note, known.evidenceKey, known.leafIndex)
}

function keep(database: DatabaseSync, finding: Finding, nowMs: number): void {
  database
    .prepare(
      `INSERT INTO findings SELECT ?, ?, ? WHERE (SELECT count(*) FROM findings) < ?
       ON CONFLICT DO NOTHING`,
    )
    .run(keyOf(finding), JSON.stringify(finding), new Date(nowMs).toISOString(), MAX_FINDINGS)
}

function findings(database: DatabaseSync): KeptFinding[] {
  const rows = database.prepare('SELECT * FROM findings ORDER BY rowid').all()
  return rows.map(row => {
    const finding: Finding = JSON.parse(String(row.finding))
    return { ...finding, foundAt: String(row.found_at), file: `findings/${String(row.key)}.json` }
  })
}

function keyOf(finding: Finding): string {
  const hash = createHash('sha256').update(placeOf(finding)).digest('hex')
  return `${finding.kind}-${hash.slice(0, 12)}`
}

function writeFiles(dir: string, kept: readonly KeptFinding[]): void {
  for (const { file, ...finding } of kept) {
    const path = join(dir, file)
    if (existsSync(path)) continue
    writeFileSync(`${path}.new`, `${JSON.stringify(finding, null, 2)}\n`, { flush: true })
    renameSync(`${path}.new`, path)
  }
}
