/**
 * Where every other part of the cloud meets the log: staging a leaf inside its own transaction,
 * and asking later how far that leaf has come. What is staged and committed will be logged; the
 * number comes later, so that nobody waits for anybody here.
 */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { Tx } from '../../platform/db/db.ts'
import { entryOf, type Leaf, type LeafType, leafHashOf } from './leaf.ts'

/**
 * A leaf to stage; `ref` is the producer's own key to find it again. `sidecar` is served beside the
 * leaf, for those who follow the log. Neither is part of the hash.
 */
export type NewLeaf = Leaf & { ref?: string; sidecar?: Uint8Array }

/** Promises `leaf` to the log when `tx` commits. Gives the staged id, which is not its index. */
export async function stageLeaf(tx: Tx, leaf: NewLeaf): Promise<bigint> {
  const [row] = await tx.query<{ id: bigint }>(
    'insert into log_staged (type, body, ref, sidecar) values ($1, $2, $3, $4) returning id',
    [leaf.type, leaf.body, leaf.ref ?? null, leaf.sidecar ?? null],
  )
  return row?.id ?? 0n
}

/** Many leaves in one statement, in their order. */
export async function stageLeaves(tx: Tx, leaves: readonly NewLeaf[]): Promise<void> {
  if (leaves.length === 0) return
  await tx.query(
    `insert into log_staged (type, body, ref, sidecar)
     select type, body, ref, sidecar
     from unnest($1::text[], $2::bytea[], $3::text[], $4::bytea[])
       with ordinality as leaf (type, body, ref, sidecar, place)
     order by place`,
    [
      leaves.map(leaf => leaf.type),
      leaves.map(leaf => Buffer.from(leaf.body)),
      leaves.map(leaf => leaf.ref ?? null),
      leaves.map(leaf => (leaf.sidecar === undefined ? null : Buffer.from(leaf.sidecar))),
    ],
  )
}

/** The index of a numbered leaf, the first one when it was logged twice. */
export async function indexOfLeaf(tx: Tx, leaf: Leaf): Promise<number | undefined> {
  const [row] = await tx.query<{ log_index: bigint }>(
    'select log_index from log_leaves where leaf_hash = $1 order by log_index limit 1',
    [leafHashOf(leaf)],
  )
  return row && Number(row.log_index)
}

export type LoggedHead = { index: number; head: string }

/** The newest head of an origin under a checkpoint of `size`: its leaf, and the signed note. */
export async function newestHeadWithin(
  tx: Tx,
  origin: string,
  size: number,
): Promise<LoggedHead | undefined> {
  const [row] = await tx.query<{ log_index: bigint; entry: Buffer }>(
    `select log_index, entry from log_leaves
     where type = 'device-head' and ref = $1 and log_index < $2 order by log_index desc limit 1`,
    [origin, size],
  )
  const head = row && fromUtf8(row.entry.subarray(entryOf(EMPTY_HEAD).length))
  return row && head !== undefined ? { index: Number(row.log_index), head } : undefined
}

const EMPTY_HEAD = { type: 'device-head', body: new Uint8Array() } as const

/** The indexes of numbered leaves that were staged with this `ref`, oldest first. */
export async function indexesOfRef(tx: Tx, type: LeafType, ref: string): Promise<number[]> {
  const rows = await tx.query<{ log_index: bigint }>(
    'select log_index from log_leaves where type = $1 and ref = $2 order by log_index',
    [type, ref],
  )
  return rows.map(row => Number(row.log_index))
}

export type ProofState = { logged: boolean; witnessed: boolean; anchored: boolean }

/**
 * How far a leaf has come: `logged` once a published checkpoint covers it, `witnessed` once one
 * with at least one cosignature does, `anchored` once one that is final on the chain does.
 */
export async function proofStateOf(tx: Tx, leaf: Leaf): Promise<ProofState> {
  const index = await indexOfLeaf(tx, leaf)
  if (index === undefined) return { logged: false, witnessed: false, anchored: false }
  const [row] = await tx.query<ProofState>(
    `select
       exists (select from log_checkpoints where state = 'published' and size > $1) as logged,
       exists (select from log_checkpoints where state = 'published' and size > $1
               and cosignatures > 0) as witnessed,
       exists (select from anchors a join anchor_contracts c on c.id = a.contract_id
               where a.state = 'final' and c.state = 'deployed' and a.size > $1) as anchored`,
    [index],
  )
  return row ?? { logged: false, witnessed: false, anchored: false }
}
