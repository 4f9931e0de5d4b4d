/**
 * Asks the policy's witnesses about the checkpoint that waits. Each witness stands for itself: one
 * that is slow, silent, or always says that it is somewhere else costs its own cosignature and
 * nothing more. It is asked again after a pause that grows; meanwhile the others make the quorum.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import * as store from './checkpoints.ts'
import { type AskableWitness, holdAgainst, isAskable } from './put-back.ts'
import { logConsistencyProof } from './tiles.ts'
import { askWitness, type WitnessAnswer } from './witness-client.ts'

export type RoundDeps = {
  db: Db
  /** The log's origin, which is also the name of its key in the policy. */
  origin: string
  policy: Policy
  log: Log
  nowMs(): number
  /** Told of each new cosignature; answers whether the checkpoint is published with it. */
  onCosigned(size: number): Promise<boolean>
}

export type Round = {
  /**
   * True as soon as `onCosigned` said so; false when all that were due have answered, or after a
   * while, when those that have not are left to answer later. Throws `log.put-back` when a witness
   * proved that this database does not lead to what it cosigned.
   */
  ask(pending: store.Pending): Promise<boolean>
  /** Ends the questions under way. */
  stop(): Promise<void>
}

/** What is remembered of one witness while this process runs. */
type Standing = {
  witness: AskableWitness
  failures: number
  untilMs: number
  /** A question to it is under way. */
  isAsked: boolean
  /** The checkpoint that waited was given up for it, and it has not cosigned since. */
  hasMovedOn: boolean
}

const PATIENCE_MS = 2_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

export function createRound(deps: RoundDeps): Round {
  const stopped = new AbortController()
  const standings = deps.policy.witnesses.filter(isAskable).map(standingOf)
  const underWay = new Set<Promise<boolean>>()
  let damage: TillproofError | undefined
  const keep = (answer: Promise<boolean>): Promise<boolean> => {
    const onFault = (error: unknown) => {
      if (error instanceof TillproofError && error.code.startsWith('log.')) damage = error
    }
    const settled = answer.catch(onFault).finally(() => underWay.delete(answer))
    underWay.add(answer)
    return settled.then(() => answer)
  }
  return {
    async ask(pending) {
      if (damage !== undefined) throw damage
      const due = standings.filter(one => !one.isAsked && one.untilMs <= deps.nowMs())
      return firstTrue(due.map(one => keep(askOne(deps, one, pending, stopped.signal))))
    },
    async stop() {
      stopped.abort()
      await Promise.allSettled(underWay)
    },
  }
}

function standingOf(witness: AskableWitness): Standing {
  return { witness, failures: 0, untilMs: 0, isAsked: false, hasMovedOn: false }
}

async function firstTrue(answers: Promise<boolean>[]): Promise<boolean> {
  const one = new Promise<boolean>(resolve => {
    const onAnswer = (isTrue: boolean) => (isTrue ? resolve(true) : undefined)
    for (const answer of answers) answer.then(onAnswer, () => undefined)
  })
  const all = Promise.all(answers).then(given => given.includes(true))
  return Promise.race([one, all, sleep(PATIENCE_MS, false, { ref: false })])
}

async function askOne(
  deps: RoundDeps,
  standing: Standing,
  pending: store.Pending,
  signal: AbortSignal,
): Promise<boolean> {
  standing.isAsked = true
  try {
    const answer = await question(deps, standing.witness, pending, signal)
    if (answer.said === 'cosigned') return await onCosigned(deps, standing, pending, answer.line)
    pause(standing, deps.nowMs())
    if (!signal.aborted) await onRefusal(deps, standing, pending, answer)
    return false
  } finally {
    standing.isAsked = false
  }
}

/** Asks from where the witness last stood; when it stands elsewhere, once more from there. */
async function question(
  { db, log }: RoundDeps,
  { url, verifier, vkey, name }: AskableWitness,
  { size, note }: store.Pending,
  signal: AbortSignal,
): Promise<WitnessAnswer> {
  const from = async (oldSize: number) => {
    const proof = await db.withSystem(tx => logConsistencyProof(tx, oldSize, size))
    return askWitness({ url, verifier }, { oldSize, proof, note }, signal)
  }
  const known = (await db.withSystem(store.witnessSizes)).get(vkey) ?? 0
  const answer = await from(Math.min(known, size))
  if (answer.said !== 'stale' || answer.size > size || answer.size === known) return answer
  if (answer.size < known) {
    const facts = { witness: name, cosigned: known, remembers: answer.size }
    log('error', 'a witness has forgotten what it cosigned: was its state put back?', facts)
  }
  return from(answer.size)
}

async function onCosigned(
  deps: RoundDeps,
  standing: Standing,
  { size }: store.Pending,
  line: string,
): Promise<boolean> {
  const { vkey } = standing.witness
  Object.assign(standing, { failures: 0, untilMs: 0, hasMovedOn: false })
  await deps.db.withSystem(async tx => {
    await store.addCosignature(tx, size, { vkey, line })
    await store.setWitnessSize(tx, vkey, size)
  })
  return deps.onCosigned(size)
}

function pause(standing: Standing, nowMs: number): void {
  standing.failures += 1
  const pauseMs = FIRST_PAUSE_MS * 2 ** (standing.failures - 1)
  standing.untilMs = nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS)
}

async function onRefusal(
  deps: RoundDeps,
  standing: Standing,
  pending: store.Pending,
  answer: Exclude<WitnessAnswer, { said: 'cosigned' }>,
): Promise<void> {
  const { witness } = standing
  const facts = { witness: witness.name, asked: pending.size, ...answer }
  if (answer.said === 'unreachable') return deps.log('warn', 'a witness does not answer', facts)
  await holdAgainst(deps, witness)
  if (answer.said === 'refused') {
    return deps.log('error', 'a witness refuses the checkpoint', facts)
  }
  const head = await deps.db.withSystem(store.headSize)
  if (answer.size <= pending.size || answer.size > head) {
    deps.log('error', 'a witness claims another history of this log and proves none', facts)
  } else {
    await moveOn(deps, standing, pending, facts)
  }
}

/**
 * The witness cosigned a larger tree of ours already, and never goes back: a larger checkpoint
 * takes the place of the one that waits. Believed once until it cosigns, or its word could keep
 * every checkpoint from being published.
 */
async function moveOn(
  { db, log }: RoundDeps,
  standing: Standing,
  { size }: store.Pending,
  facts: object,
): Promise<void> {
  if (standing.hasMovedOn) {
    log('error', 'a witness is always beyond the checkpoint that waits: not waiting for it', facts)
    return
  }
  standing.hasMovedOn = true
  log('info', 'a witness is beyond the checkpoint that waits: signing a newer one', facts)
  await db.withSystem(tx => store.dropPending(tx, size))
}
