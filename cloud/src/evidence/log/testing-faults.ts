/**
 * The database as a log process sees it that dies, or gets an error, at one named step of a leaf's
 * way to the chain. Steps are the statements by which the log lives: between two of them nothing
 * happens that another process, a witness or the chain could see.
 */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Db, Tx } from '../../platform/db/db.ts'

/** In the order of a leaf's way; comments say what else happened between two of them. */
export const STEPS = {
  stage: /^insert into log_staged/,
  claim: /^update log_heads set epoch = epoch \+ 1/,
  'read staged': /from log_staged order by id/,
  tiles: /^insert into log_tiles/,
  leaves: /^insert into log_leaves/,
  unstage: /^delete from log_staged/,
  head: /^update log_heads set size/,
  sign: /^insert into log_checkpoints/,
  // Before it nobody was asked, after it the witness is.
  ask: /^select witness, size from log_witness_sizes/,
  // Before it the witness has cosigned and nobody knows.
  cosignature: /^insert into log_cosignatures/,
  'witness size': /^insert into log_witness_sizes/,
  publish: /^update log_checkpoints set note/,
  prune: /^delete from log_checkpoints/,
  'anchor saved': /^insert into anchors/,
  // Before it the transaction was sent and nobody knows.
  'anchor sent': /^update anchors set sent_at/,
  'anchor mined': /^update anchors set state = 'mined'/,
  'anchor final': /^update anchors set state = 'final'/,
} as const
export type StepName = keyof typeof STEPS

/**
 * `dies`: by SIGKILL. `fails`: the connection breaks. `before`: nothing of the step's transaction
 * is kept. `after`: all of it is, and the process does not know.
 */
export const HOWS = ['dies before', 'dies after', 'fails before', 'fails after'] as const
export type How = (typeof HOWS)[number]

export type Fault = { step: StepName; how: How }

/** The same database with one fault in it, which strikes once and says so on standard output. */
export function faultyDb(db: Db, { step, how }: Fault): Db {
  let hasStruck = false
  const strike = async (): Promise<never> => {
    hasStruck = true
    writeSync(1, `${JSON.stringify({ struck: step })}\n`)
    if (how.startsWith('dies')) process.kill(process.pid, 'SIGKILL')
    if (how.startsWith('dies')) await sleep(60_000)
    throw new TillproofError('test.connection', 'the connection broke', 'Nothing: it is a test.')
  }
  return {
    ...db,
    async withSystem(work, options) {
      let isReached = false
      const inTransaction = (tx: Tx) =>
        work({
          ...tx,
          async query(sql, values) {
            isReached ||= !hasStruck && STEPS[step].test(sql.trim())
            if (isReached && how.endsWith('before')) return strike()
            return tx.query(sql, values)
          },
        })
      const result = await db.withSystem(inTransaction, options)
      if (isReached && !hasStruck) return strike()
      return result
    },
  }
}
