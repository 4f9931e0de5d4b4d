/**
 * Was this database put back to an older state, or grown otherwise than a witness saw it? Only a
 * checkpoint under the log's own signature proves that; a witness's mere word stops nothing, or any
 * witness could stop the log for good.
 *
 * A witness shows the newest checkpoint that it cosigned at `<its url>/status`, as ours do. From
 * one that shows none nothing is learnt here: it refuses to cosign, which its quorum depends on.
 */
import { equal, fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { readAtMost } from '@tillproof/shared/bytes/read-at-most.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Checkpoint, openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import type { Policy, PolicyWitness } from '@tillproof/shared/note/policy.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { headSize } from './checkpoints.ts'
import { logRootAt } from './tiles.ts'

export type AskableWitness = PolicyWitness & { url: string }

export function isAskable(witness: PolicyWitness): witness is AskableWitness {
  return witness.url !== undefined
}

export type PutBackDeps = { db: Db; origin: string; policy: Policy }

/** Holds the database against every witness of the policy that answers; throws as below. */
export async function holdAgainstAll(deps: PutBackDeps): Promise<void> {
  const witnesses = deps.policy.witnesses.filter(isAskable)
  await Promise.all(witnesses.map(witness => holdAgainst(deps, witness)))
}

/**
 * Throws TillproofError `log.put-back` when the witness holds a checkpoint that this database does
 * not lead to.
 */
export async function holdAgainst(deps: PutBackDeps, witness: AskableWitness): Promise<void> {
  const { db, origin, policy } = deps
  const own = policy.logs.map(log => log.verifier).filter(({ name }) => name === origin)
  const shown = await lastCosigned(witness.url, origin, own)
  if (shown === undefined || shown.size === 0) return
  const fault = await db.withSystem(tx => faultOf(tx, shown))
  if (fault === undefined) return
  throw new TillproofError(
    'log.put-back',
    `${witness.name} cosigned ${shown.size} leaves of this log, and ${fault}`,
    'Stop every cloud process and restore a backup that reaches that checkpoint: ' +
      'docs/operating/platform.md, "After a restore".',
  )
}

async function faultOf(tx: Tx, { size, root }: Checkpoint): Promise<string | undefined> {
  const head = await headSize(tx)
  if (size > head) return `the database holds ${head}: it was put back to an older state`
  if (equal(await logRootAt(tx, size), root)) return undefined
  return 'the database holds other ones: it was put back and grew otherwise'
}

const TIMEOUT_MS = 3_000
const MAX_STATUS_BYTES = 1_000_000
const witnessStatus = z.object({
  logs: z.array(z.object({ origin: z.string(), note: z.string().nullable() })),
})

async function lastCosigned(
  url: string,
  origin: string,
  own: readonly Verifier[],
): Promise<Checkpoint | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(`${url.replace(/\/$/, '')}/status`, { redirect: 'error', signal })
    const body = await readAtMost(answer.body, MAX_STATUS_BYTES)
    const { logs } = witnessStatus.parse(JSON.parse(fromUtf8(body ?? new Uint8Array()) ?? ''))
    const note = logs.find(one => one.origin === origin)?.note ?? ''
    const opened = openCheckpoint(note, origin, own)
    return opened.ok ? opened.checkpoint : undefined
  } catch {
    // Away, or a witness of another make: nothing is known.
    return undefined
  }
}
