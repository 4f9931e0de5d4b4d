/**
 * Takes committed trees to the public: signs one, asks the witnesses, and publishes it when the
 * policy's quorum has cosigned. Until then readers see the last one that had its quorum.
 *
 * One checkpoint waits at a time and all witnesses are asked for that very one; were each asked for
 * the newest, a quorum of several would never meet on one size. All state is in the database.
 */
import type { Signer } from '@tillproof/shared/note/key.ts'
import { isQuorum, type Policy, type PolicyWitness } from '@tillproof/shared/note/policy.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import * as store from './checkpoints.ts'
import { logConsistencyProof } from './tiles.ts'
import { askWitness, type WitnessAnswer } from './witness-client.ts'

export type PublisherDeps = {
  db: Db
  /** The log's key; its name is the origin. */
  signer: Signer
  policy: Policy
  log: Log
  /** Monotonic or wall time in ms, for pauses only. */
  nowMs?: () => number
}

export type Publisher = { turn(): Promise<'nothing' | 'pending' | 'published'> }

type AskableWitness = PolicyWitness & { url: string }
type Pause = { failures: number; untilMs: number }

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

export function createPublisher(deps: PublisherDeps): Publisher {
  const witnesses = deps.policy.witnesses.filter(isAskable)
  const pauses = new Map<string, Pause>()
  return {
    async turn() {
      const pending = await candidate(deps)
      if (pending === undefined) return 'nothing'
      if (await publishIfQuorum(deps, pending.size)) return 'published'
      const due = witnesses.filter(witness => isDue(pauses, witness, nowOf(deps)))
      const published = await Promise.all(
        due.map(witness => askAndStore(deps, witness, pending, pauses)),
      )
      return published.includes(true) ? 'published' : 'pending'
    },
  }
}

function isAskable(witness: PolicyWitness): witness is AskableWitness {
  return witness.url !== undefined
}

function candidate({ db, signer }: PublisherDeps): Promise<store.Pending | undefined> {
  return db.withSystem(async tx => {
    const waiting = await store.pendingCheckpoint(tx)
    if (waiting !== undefined) return waiting
    await store.signNewest(tx, signer)
    return store.pendingCheckpoint(tx)
  })
}

/** Whether this call published it. Cosignatures by witnesses the policy does not name stay out. */
function publishIfQuorum({ db, policy }: PublisherDeps, size: number): Promise<boolean> {
  return db.withSystem(async tx => {
    const signed = await store.cosignaturesOf(tx, size)
    const own = policy.witnesses.filter(({ vkey }) => signed.some(one => one.vkey === vkey))
    if (
      !isQuorum(
        policy,
        own.map(witness => witness.name),
      )
    )
      return false
    const lines = signed.filter(one => own.some(({ vkey }) => vkey === one.vkey))
    const isNew = await store.publish(tx, size, lines)
    if (isNew) await announce(tx, size, lines.length)
    if (isNew) await store.pruneCheckpoints(tx)
    return isNew
  })
}

type Tx = Parameters<Parameters<Db['withSystem']>[0]>[0]

/** Dashboards that are open learn of it at commit; the log belongs to nobody, hence no operator. */
async function announce(tx: Tx, size: number, cosignatures: number): Promise<void> {
  const payload = JSON.stringify({ size, cosignatures })
  await tx.query("select notify_live(null, null, 'checkpoint', $1::jsonb)", [payload])
}

async function askAndStore(
  deps: PublisherDeps,
  witness: AskableWitness,
  pending: store.Pending,
  pauses: Map<string, Pause>,
): Promise<boolean> {
  const { db } = deps
  const answer = await ask(deps, witness, pending)
  if (answer.said !== 'cosigned') {
    await onRefusal(deps, witness, pending, answer)
    pauses.set(witness.vkey, longer(pauses.get(witness.vkey), nowOf(deps)))
    return false
  }
  pauses.delete(witness.vkey)
  await db.withSystem(async tx => {
    await store.addCosignature(tx, pending.size, { vkey: witness.vkey, line: answer.line })
    await store.setWitnessSize(tx, witness.vkey, pending.size)
  })
  return publishIfQuorum(deps, pending.size)
}

/** Asks from where the witness last stood; when it stands elsewhere, once more from there. */
async function ask(
  { db }: PublisherDeps,
  { url, verifier, vkey }: AskableWitness,
  { size, note }: store.Pending,
): Promise<WitnessAnswer> {
  const from = async (oldSize: number) => {
    const proof = await db.withSystem(tx => logConsistencyProof(tx, oldSize, size))
    return askWitness({ url, verifier }, { oldSize, proof, note })
  }
  const known = (await db.withSystem(store.witnessSizes)).get(vkey) ?? 0
  const answer = await from(Math.min(known, size))
  if (answer.said !== 'stale' || answer.size > size || answer.size === known) return answer
  return from(answer.size)
}

async function onRefusal(
  { db, log }: PublisherDeps,
  witness: AskableWitness,
  pending: store.Pending,
  answer: Exclude<WitnessAnswer, { said: 'cosigned' }>,
): Promise<void> {
  const facts = { witness: witness.name, size: pending.size, ...answer }
  if (answer.said === 'unreachable') log('warn', 'a witness does not answer', facts)
  if (answer.said === 'refused') log('error', 'a witness refuses the checkpoint', facts)
  if (answer.said !== 'stale') return
  const head = await db.withSystem(store.headSize)
  if (answer.size === pending.size || answer.size > head) {
    // Another root at this size, or more leaves than we hold: this log forked or was put back.
    log('error', 'a witness holds another history of this log', facts)
  } else if (answer.size > pending.size) {
    log('info', 'a witness is beyond the checkpoint that waits: signing a newer one', facts)
    await db.withSystem(tx => store.dropPending(tx, pending.size))
  }
}

function isDue(pauses: Map<string, Pause>, { vkey }: AskableWitness, nowMs: number): boolean {
  return (pauses.get(vkey)?.untilMs ?? nowMs) <= nowMs
}

function longer(before: Pause | undefined, nowMs: number): Pause {
  const failures = (before?.failures ?? 0) + 1
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
  return { failures, untilMs: nowMs + pauseMs }
}

function nowOf({ nowMs = () => performance.now() }: PublisherDeps): number {
  return nowMs()
}
