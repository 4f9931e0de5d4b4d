/**
 * Takes committed trees to the public: signs one, asks the witnesses, and publishes it when the
 * policy's quorum has cosigned. Until then readers see the last one that had its quorum.
 *
 * One checkpoint waits at a time and all witnesses are asked for that very one; were each asked for
 * the newest, a quorum of several would never meet on one size. All state is in the database.
 */
import type { Signer } from '@tillproof/shared/note/key.ts'
import { isQuorum, type Policy } from '@tillproof/shared/note/policy.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import * as store from './checkpoints.ts'
import { createRound } from './witness-round.ts'

export type PublisherDeps = {
  db: Db
  /** The log's key; its name is the origin. */
  signer: Signer
  /** More keys of the log that sign beside it. */
  also?: readonly Signer[]
  policy: Policy
  log: Log
  /** Monotonic or wall time in ms, for pauses only. */
  nowMs?: () => number
}

export type Publisher = {
  /** Throws `log.put-back` when a witness proved that this database is not what it cosigned. */
  turn(): Promise<'nothing' | 'pending' | 'published'>
  /** Ends the questions to witnesses that are under way. */
  stop(): Promise<void>
}

export function createPublisher(deps: PublisherDeps): Publisher {
  const round = createRound({
    ...deps,
    origin: deps.signer.name,
    nowMs: deps.nowMs ?? (() => performance.now()),
    onCosigned: size => publishIfQuorum(deps, size),
  })
  return {
    async turn() {
      const pending = await candidate(deps)
      if (pending === undefined) return 'nothing'
      if (await publishIfQuorum(deps, pending.size)) return 'published'
      return (await round.ask(pending)) ? 'published' : 'pending'
    },
    stop: round.stop,
  }
}

function candidate({ db, signer, also = [] }: PublisherDeps): Promise<store.Pending | undefined> {
  return db.withSystem(async tx => {
    const waiting = await store.pendingCheckpoint(tx)
    if (waiting !== undefined) return waiting
    await store.signNewest(tx, signer, also)
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
