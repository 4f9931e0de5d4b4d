/** For tests: a real journal on a real file in a temporary folder, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { EventDraft, Journal } from './event-store.ts'
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
