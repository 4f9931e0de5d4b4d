/** A process that runs the log on a test's database until it is killed; see kill.test.ts. */
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { openDb } from '../../platform/db/db.ts'
import { startLog } from './run.ts'

const [apiUrl = '', systemUrl = '', origin = '', keyHex = ''] = process.argv.slice(2)
const logKey = fromHex(keyHex) ?? new Uint8Array(32)
const logVkey = vkey(origin, 'ed25519', ed25519.publicKeyOf(logKey))
startLog({
  db: openDb({ apiUrl, systemUrl }),
  origin,
  logKey,
  policy: parsePolicy(`log ${logVkey}\nquorum none\n`),
  log: (level, message, fields) => process.stderr.write(JSON.stringify({ level, message, fields })),
  sequenceEveryMs: 5,
  publishEveryMs: 5,
  leaseMs: 200,
})
process.stdout.write('{"ready":true}\n')
