/**
 * Runs sequencer and publisher in one process until told to stop. Any number of processes may:
 * the sequencer's lease decides who numbers, and only the one in charge asks witnesses.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { ed25519Signer, sm2Signer } from '@tillproof/shared/note/key.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import { createPublisher } from './publisher.ts'
import { holdAgainstAll } from './put-back.ts'
import { createSequencer } from './sequencer.ts'

export type LogDeps = {
  db: Db
  /** `<cloud name>/log`; also the name of the log's key. */
  origin: string
  /** Ed25519 seed, 32 bytes. */
  logKey: Uint8Array
  /** SM2 private key that signs checkpoints as well, 32 bytes. */
  sm2Key?: Uint8Array
  /** Whose cosignatures a checkpoint needs before it is published. */
  policy: Policy
  log: Log
  /** Between two batches of numbers. */
  sequenceEveryMs?: number
  /** Between two checkpoints, and between two attempts for the one that waits. */
  publishEveryMs?: number
  /** How long the log stands still after the process in charge died, before another takes over. */
  leaseMs?: number
}

const SEQUENCE_EVERY_MS = 300
const PUBLISH_EVERY_MS = 500

export type RunningLog = {
  /** Why the log stands still for good; undefined while it goes on. */
  problem(): string | undefined
  stop(): Promise<void>
}

export function startLog(deps: LogDeps): RunningLog {
  const { db, origin, log, policy } = deps
  const { sequenceEveryMs = SEQUENCE_EVERY_MS, publishEveryMs = PUBLISH_EVERY_MS, leaseMs } = deps
  const stopped = new AbortController()
  const lease = leaseMs === undefined ? {} : { leaseMs }
  const sequencer = createSequencer({ db, origin, holder: randomUUID(), ...lease })
  const signer = ed25519Signer(origin, deps.logKey)
  const also = deps.sm2Key === undefined ? [] : [sm2Signer(origin, deps.sm2Key)]
  const publisher = createPublisher({ db, policy, log, signer, also })
  let isHeldAgainst = false
  let problem: string | undefined
  const onStandstill = (reason: string) => {
    problem = `the log stands still: ${reason}`
    stopped.abort()
  }
  const loops = [
    loop(stopped.signal, { log, onStandstill }, async () => {
      // Before the first number: leaves added to a database that was put back make it a fork.
      if (!isHeldAgainst) await holdAgainstAll({ db, origin, policy })
      isHeldAgainst = true
      const turn = await sequencer.turn()
      if (turn.did === 'fenced') log('warn', 'another process took over the log')
      return turn.did === 'numbered' && turn.more ? 0 : sequenceEveryMs
    }),
    loop(stopped.signal, { log, onStandstill }, async () => {
      if (sequencer.inCharge()) await publisher.turn()
      return publishEveryMs
    }),
  ]
  return {
    problem: () => problem,
    async stop() {
      stopped.abort()
      await publisher.stop()
      await Promise.all(loops)
      await sequencer.release().catch(() => undefined)
    },
  }
}

/** A fault costs a turn; a log that does not agree with itself ends the loop for good. */
async function loop(
  signal: AbortSignal,
  faults: Faults,
  turn: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    const pauseMs = await turn().catch(error => onFault(faults, error))
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

const PAUSE_AFTER_FAULT_MS = 1_000

type Faults = { log: Log; onStandstill(reason: string): void }

function onFault({ log, onStandstill }: Faults, error: unknown): number {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof TillproofError && error.code.startsWith('log.')) {
    log('error', 'the log stands still until somebody looks', { reason, next: error.next })
    onStandstill(reason)
  } else {
    log('warn', 'the log lost a turn', { reason })
  }
  return PAUSE_AFTER_FAULT_MS
}
