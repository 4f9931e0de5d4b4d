/**
 * The one writer of the log: numbers staged leaves, writes their tiles and moves the head, all in
 * one transaction. Nothing it needs lives in memory, so there is nothing to lose.
 *
 * Any number of processes may run one. A lease in the head's row says whose turn it is, and its
 * epoch fences: whoever claims the log raises the epoch, and a writer with an older one finds no
 * row to move. The row's lock serialises claims and turns, so two processes can never fork the log.
 * After any error it is unknown whether the transaction was committed: the claim is given up, and
 * the next turn claims anew, which reads and checks what the database holds.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import {
  appendLeaves,
  decodePeaks,
  emptyPeaks,
  encodePeaks,
  type Peaks,
  rootOf,
} from '@tillproof/shared/merkle/peaks.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { entryOf } from './leaf.ts'
import { growTiles, logRootAt } from './tiles.ts'

export type SequencerDeps = {
  db: Db
  origin: string
  /** Names this process; must be new at each start. */
  holder: string
  /** How long others wait after this process fell silent. */
  leaseMs?: number
  /** Most leaves numbered in one transaction. */
  batchSize?: number
}

/** `standby`: another process holds the log. `fenced`: another one took it over just now. */
export type SequencerTurn =
  | { did: 'numbered'; size: number; leaves: number; more: boolean }
  | { did: 'idle' }
  | { did: 'standby' }
  | { did: 'fenced' }

export type Sequencer = {
  turn(): Promise<SequencerTurn>
  /** Whether the last turn found this process in charge. */
  inCharge(): boolean
  /** Lets another process take over at once; for a clean stop. */
  release(): Promise<void>
}

const LEASE_MS = 4_000
const BATCH_SIZE = 512

export function createSequencer(deps: SequencerDeps): Sequencer {
  let epoch: bigint | undefined
  let isInCharge = false
  async function turn(): Promise<SequencerTurn> {
    const mine = epoch
    // Forgotten while a transaction runs: if it throws, its outcome is unknown.
    epoch = undefined
    const claimed = mine ?? (await claim(deps))
    if (claimed === undefined) return { did: 'standby' }
    const did = await deps.db.withSystem(tx => numberStaged(tx, deps, claimed))
    if (did.did !== 'fenced') epoch = claimed
    return did
  }
  return {
    inCharge: () => isInCharge,
    turn: () =>
      turn().finally(() => {
        isInCharge = epoch !== undefined
      }),
    async release() {
      if (epoch !== undefined) await endLease(deps.db, epoch)
      epoch = undefined
      isInCharge = false
    },
  }
}

async function endLease(db: Db, epoch: bigint): Promise<void> {
  await db.withSystem(tx =>
    tx.query('update log_heads set lease_until = now() where epoch = $1', [epoch]),
  )
}

/** The new epoch, or undefined while another process's lease runs. */
function claim(deps: SequencerDeps): Promise<bigint | undefined> {
  const { db, origin, holder, leaseMs = LEASE_MS } = deps
  return db.withSystem(async tx => {
    await tx.query(
      `insert into log_heads (origin, epoch, holder, lease_until, size, peaks)
       values ($1, 1, '', now(), 0, $2) on conflict do nothing`,
      [origin, encodePeaks(emptyPeaks)],
    )
    const [row] = await tx.query<HeadRow & { epoch: bigint; origin: string }>(
      `update log_heads set epoch = epoch + 1, holder = $1,
         lease_until = clock_timestamp() + $2 * interval '1 millisecond'
       where holder = $1 or lease_until < clock_timestamp()
       returning epoch, origin, size, peaks`,
      [holder, leaseMs],
    )
    if (row === undefined) return undefined
    await recover(tx, origin, row)
    return row.epoch
  })
}

type HeadRow = { size: bigint; peaks: Buffer }

/** What the database holds has to agree with itself before anything is added to it. */
async function recover(tx: Tx, origin: string, row: HeadRow & { origin: string }): Promise<void> {
  if (row.origin !== origin) throw damaged(`it belongs to ${row.origin}, not to ${origin}`)
  const peaks = peaksOf(row)
  const [count] = await tx.query<{ leaves: bigint; published: bigint | null }>(
    `select (select coalesce(max(log_index) + 1, 0) from log_leaves) as leaves,
       (select max(size) from log_checkpoints) as published`,
  )
  if (Number(count?.leaves) !== peaks.size) throw damaged('leaves and head differ in size')
  if (Number(count?.published ?? 0) > peaks.size) throw damaged('a checkpoint is beyond the head')
  if (!equal(await logRootAt(tx, peaks.size), rootOf(peaks))) throw damaged('tiles and head differ')
}

async function numberStaged(tx: Tx, deps: SequencerDeps, epoch: bigint): Promise<SequencerTurn> {
  const { batchSize = BATCH_SIZE } = deps
  const [head] = await tx.query<HeadRow & { fresh: boolean }>(
    `select size, peaks, lease_until > clock_timestamp() + $3 * interval '1 millisecond' as fresh
     from log_heads where epoch = $1 and holder = $2 for update`,
    [epoch, deps.holder, (deps.leaseMs ?? LEASE_MS) / 2],
  )
  if (head === undefined) return { did: 'fenced' }
  const peaks = peaksOf(head)
  const staged = await tx.query<StagedRow>(
    'select id, type, body, ref, sidecar from log_staged order by id limit $1',
    [batchSize],
  )
  if (staged.length === 0 && head.fresh) return { did: 'idle' }
  const grown = staged.length === 0 ? peaks : await append(tx, peaks, staged)
  await moveHead(tx, deps, epoch, { from: peaks, to: grown })
  if (staged.length === 0) return { did: 'idle' }
  const more = staged.length === batchSize
  return { did: 'numbered', size: grown.size, leaves: staged.length, more }
}

type StagedRow = {
  id: bigint
  type: string
  body: Buffer
  ref: string | null
  sidecar: Buffer | null
}

async function append(tx: Tx, peaks: Peaks, staged: StagedRow[]): Promise<Peaks> {
  const entries = staged.map(entryOf)
  const hashes = entries.map(leafHash)
  await growTiles(tx, peaks.size, hashes)
  await tx.query(
    `insert into log_leaves (log_index, staged_id, type, ref, entry, leaf_hash, sidecar)
     select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[],
       $6::bytea[], $7::bytea[])`,
    [
      staged.map((_, i) => peaks.size + i),
      staged.map(row => row.id),
      staged.map(row => row.type),
      staged.map(row => row.ref),
      entries.map(entry => Buffer.from(entry)),
      hashes.map(hash => Buffer.from(hash)),
      staged.map(row => row.sidecar),
    ],
  )
  await tx.query('delete from log_staged where id = any ($1)', [staged.map(row => row.id)])
  return appendLeaves(peaks, hashes)
}

/** Compare-and-swap: only from the size that was read, only in this epoch. Renews the lease. */
async function moveHead(
  tx: Tx,
  { leaseMs = LEASE_MS }: SequencerDeps,
  epoch: bigint,
  { from, to }: { from: Peaks; to: Peaks },
): Promise<void> {
  const moved = await tx.query<object>(
    `update log_heads set size = $3, peaks = $4,
       lease_until = clock_timestamp() + $5 * interval '1 millisecond'
     where epoch = $1 and size = $2 returning 1`,
    [epoch, from.size, to.size, encodePeaks(to), leaseMs],
  )
  if (moved.length !== 1) throw damaged('the head moved under its own lock')
}

function peaksOf(row: HeadRow): Peaks {
  const peaks = decodePeaks(row.peaks)
  if (peaks.size !== Number(row.size)) throw damaged('size and peaks of the head differ')
  return peaks
}

function damaged(what: string): TillproofError {
  return new TillproofError(
    'log.damaged',
    `the log in the database does not agree with itself: ${what}`,
    'Stop every cloud process and restore the database; never repair the log by hand.',
  )
}
