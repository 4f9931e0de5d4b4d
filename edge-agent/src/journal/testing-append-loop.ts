/**
 * For tests: a process that appends until it is killed, and prints each index only after the
 * journal has acknowledged it. Arguments: path, origin.
 */
import { writeSync } from 'node:fs'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { openJournalHost } from './host.ts'
import { testGenesis } from './testing.ts'

const [, , path = '', origin = ''] = process.argv
const journal = await openJournalHost().open({ path, origin })
if (journal.size() === 0) {
  await journal.append({ events: [testGenesis(ed25519.generate().publicKey)] })
}
const say = (line: string) => writeSync(1, `${line}\n`)
const appendForever = async (lane: number) => {
  for (let turn = 0; ; turn += 1) {
    const detail = { lane, turn }
    const result = await journal.append({ events: [{ kind: 'test', fields: { detail } }] })
    say(result.ok ? `ack ${result.events[0]?.index}` : `refused ${result.refused}`)
  }
}
try {
  await Promise.all([1, 2, 3, 4].map(appendForever))
} catch (error) {
  say(`failed ${error instanceof Error && 'code' in error ? error.code : error}`)
  process.exit(3)
}
