/**
 * What is raced: the agent's journal, and the least that SQLite asks for the same promise: one row
 * with as many bytes, in a file with the same settings, committed before the next one.
 */
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, openForReading } from '@tillproof/edge-agent/journal/database.ts'
import type { EventDraft } from '@tillproof/edge-agent/journal/event-store.ts'
import { openJournalHost } from '@tillproof/edge-agent/journal/host.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { CLOUD, EVIDENCE_SEED, ORIGIN } from '../evidence/proof-set.ts'

export type BenchJournal = {
  append(number: number): Promise<void>
  close(): Promise<void>
}
export type BareSqlite = { append(): void; close(): void }

const GENESIS = {
  model: 'Vendo 500',
  controllerSerial: 'SN-0001',
  tlsFingerprint: new Uint8Array(32).fill(0xaa),
  evidenceKey: ed25519.publicKeyOf(EVIDENCE_SEED),
  agentVersion: '0.1.0',
}

/** A journal at `path` that holds its first event. */
export async function openBenchJournal(path: string): Promise<BenchJournal> {
  const host = openJournalHost()
  const journal = await host.open({ path, origin: ORIGIN })
  await journal.append({ events: [{ kind: 'genesis', fields: { genesis: GENESIS } }] })
  return {
    async append(number) {
      const result = await journal.append({ events: [payment(number)] })
      if (!result.ok) throw refused(result.refused)
    },
    async close() {
      await journal.close()
      await host.close()
    },
  }
}

/** A payment as the machine sees it, with the payer in its sealed part. */
function payment(number: number): EventDraft {
  return {
    kind: 'payment.seen',
    fields: {
      orderId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      amountMinor: 350n,
      currency: 'CNY',
    },
    sealed: { payer: `payer-${1e9 + number}` },
  }
}

/** @param payloadBytes how long each row's one blob is */
export function openBareSqlite(path: string, payloadBytes: number): BareSqlite {
  const db: DatabaseSync = openDatabase(path, `${CLOUD}/bare`)
  db.exec('CREATE TABLE bare (idx INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT')
  const insert = db.prepare('INSERT INTO bare (payload) VALUES (?)')
  const payload = new Uint8Array(payloadBytes).fill(0xa5)
  return { append: () => void insert.run(payload), close: () => db.close() }
}

/** Bytes that the journal at `path` wrote for an event, on average: parts, salts, entry, nodes. */
export function payloadBytesOf(path: string): number {
  const db = openForReading(path)
  const row = db
    .prepare(
      `SELECT round(avg(length(entry) + length(open) + length(open_salt)
                + ifnull(length(sealed) + length(sealed_salt), 0))
              + (SELECT sum(length(hash)) FROM nodes) * 1.0 / count(*)) AS bytes
       FROM entries WHERE idx > 0`,
    )
    .get()
  db.close()
  return Number(row?.bytes)
}

function refused(reason: string): TillproofError {
  return new TillproofError(
    'bench.refused',
    `The journal refused an event: ${reason}.`,
    'Make room on the disk and run the benchmark again.',
  )
}
