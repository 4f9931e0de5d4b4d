/**
 * A process that runs the log on a test's database, and anchors it, until it is killed; see
 * kill.test.ts and publish-faults.test.ts. It stages the leaves it is told, once each, as a
 * producer does: a leaf that is there already was committed by an earlier process.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { Hex } from 'viem'
import { type Db, openDb } from '../../platform/db/db.ts'
import { openChain } from '../anchor/chain.ts'
import { anchorTurn } from '../anchor/job.ts'
import { startLog } from './run.ts'
import { stageLeaf } from './store.ts'
import { type Fault, faultyDb } from './testing-faults.ts'

export type LogProcess = {
  apiUrl: string
  systemUrl: string
  origin: string
  /** Hex of the log's key, 32 bytes. */
  key: string
  policy: string
  /** One leaf is staged for each. */
  refs?: string[]
  fault?: Fault
  chain?: { url: string; key: Hex }
}

const told: LogProcess = JSON.parse(process.argv[2] ?? '{}')
const { origin, fault, chain, refs = [] } = told
const whole = openDb(told)
const db = fault === undefined ? whole : faultyDb(whole, fault)
const log = (level: string, message: string, fields?: object) => {
  process.stderr.write(`${JSON.stringify({ level, message, fields })}\n`)
}
process.stdout.write('{"ready":true}\n')
await untilDone(() => stageOnce(db, refs))
startLog({
  db,
  origin,
  logKey: fromHex(told.key) ?? new Uint8Array(32),
  policy: parsePolicy(told.policy),
  log,
  sequenceEveryMs: 5,
  publishEveryMs: 5,
  leaseMs: 200,
})
if (chain !== undefined) {
  const anchoring = { db, chain: openChain(chain.url, chain.key), origin, everyMs: 0, log }
  const rules = { confirmations: 0, stuckAfterMs: 60_000 }
  for (;;) await anchorTurn({ ...anchoring, rules }).then(() => sleep(20))
}

async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch {
      await sleep(20)
    }
  }
}

function stageOnce(to: Db, wanted: string[]): Promise<void> {
  return to.withSystem(async tx => {
    await tx.query('select pg_advisory_xact_lock(1)')
    const known = await tx.query<{ ref: string }>(
      `select ref from log_staged where ref = any ($1)
       union all select ref from log_leaves where ref = any ($1)`,
      [wanted],
    )
    for (const ref of wanted) {
      if (known.some(row => row.ref === ref)) continue
      await stageLeaf(tx, { type: 'pledge', body: utf8(ref), ref })
    }
  })
}
