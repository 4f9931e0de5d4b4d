/** For tests: a real journal on a real file in a temporary folder, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { formatReceipt } from '@tillproof/shared/wire/receipt.ts'
import type { EventDraft, Journal, SavedNote } from './event-store.ts'
import { type JournalHost, type JournalOptions, openJournalHost } from './host.ts'

export const TEST_ORIGIN = 'test.tillproof.local/d/d0123456789ab/1'

export type TestJournal = {
  journal: Journal
  host: JournalHost
  path: string
  evidence: { publicKey: Uint8Array; privateKey: Uint8Array }
  stop(): Promise<void>
}

/** Opens a journal that holds its genesis event; `stop` closes it and removes the folder. */
export async function testJournal(options: Partial<JournalOptions> = {}): Promise<TestJournal> {
  const folder = await mkdtemp(join(tmpdir(), 'tillproof-journal-'))
  const path = join(folder, 'journal.db')
  const host = openJournalHost()
  const evidence = ed25519.generate()
  const journal = await host.open({ path, origin: TEST_ORIGIN, ...options })
  await journal.append({ events: [testGenesis(evidence.publicKey)] })
  return {
    journal,
    host,
    path,
    evidence,
    async stop() {
      await journal.close().catch(() => undefined)
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function testGenesis(evidenceKey: Uint8Array): EventDraft {
  const genesis = {
    model: 'Test 1',
    controllerSerial: 'T-0001',
    tlsFingerprint: new Uint8Array(32),
    evidenceKey,
    agentVersion: '0.0.0',
  }
  return { kind: 'genesis', fields: { genesis } }
}

/** Makes a closed journal's file what the first agents wrote: no later table, no shrinking. */
export function toFirstFormat(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(`
    CREATE TABLE first (
      idx INTEGER PRIMARY KEY CHECK (idx >= 0),
      entry BLOB NOT NULL CHECK (length(entry) = 64),
      open BLOB NOT NULL,
      open_salt BLOB NOT NULL CHECK (length(open_salt) = 16),
      sealed BLOB,
      sealed_salt BLOB,
      CHECK ((sealed IS NULL) = (sealed_salt IS NULL))
    ) STRICT;
    INSERT INTO first SELECT * FROM entries;
    DROP TABLE entries;
    ALTER TABLE first RENAME TO entries;
    ALTER TABLE tip DROP COLUMN released_to;
    DROP TABLE receipted;
    DROP TABLE erased;
    DROP TABLE shed;
    DROP TABLE death;
    PRAGMA user_version = 1;
    PRAGMA auto_vacuum = NONE;
    VACUUM;`)
  db.close()
}

/** A receipt as the journal stores it, signed by a key that nobody asks about. */
export function testReceipt(size: number, atMs: number): SavedNote & { atMs: number } {
  const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)
  const text = formatReceipt({ origin: TEST_ORIGIN, size, root: new Uint8Array(32), atMs })
  return { size, note: signNote(text, [signer]), atMs }
}
