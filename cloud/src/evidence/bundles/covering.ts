/** Which checkpoint a bundle should rest on: an anchored one if there is any, else the newest. */
import type { Bundle } from '@tillproof/shared/bundle/bundle.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import type { Tx } from '../../platform/db/db.ts'
import { anchoredState } from '../anchor/store.ts'
import { cosignaturesOf, newestPublished, publishedAt } from '../log/checkpoints.ts'

type Anchor = NonNullable<Bundle['anchor']>
export type CoveringCheckpoint = {
  size: number
  note: string
  /** Verifier keys of the witnesses whose lines the note carries. */
  cosigners: string[]
  anchor: Bundle['anchor']
}

/** A published checkpoint over leaf `index`, or undefined while there is none. */
export async function checkpointCovering(
  tx: Tx,
  index: number,
): Promise<CoveringCheckpoint | undefined> {
  const anchor = await finalAnchorOver(tx, index)
  const anchored = anchor && (await publishedAt(tx, anchor.size))
  const checkpoint = anchored ?? (await newestPublished(tx))
  if (checkpoint === undefined || checkpoint.size <= index) return undefined
  const signed = await cosignaturesOf(tx, checkpoint.size)
  return {
    size: checkpoint.size,
    note: checkpoint.note,
    cosigners: signed.filter(one => checkpoint.note.includes(one.line)).map(one => one.vkey),
    anchor: anchored === undefined ? null : (anchor ?? null),
  }
}

type AnchorRow = {
  id: bigint
  chain_id: bigint
  contract: string
  size: bigint
  root: Buffer
  block_number: bigint
  block_hash: string
  mined_transaction: string
}

/** The oldest anchor that covers the leaf: the earliest time from which nobody could change it. */
async function finalAnchorOver(tx: Tx, index: number): Promise<Bundle['anchor']> {
  const [row] = await tx.query<AnchorRow>(
    `select a.id, c.chain_id, lower(c.address) as contract, a.size, a.root, a.block_number,
       a.block_hash, a.mined_transaction
     from anchors a join anchor_contracts c on c.id = a.contract_id
     where a.state = 'final' and c.state = 'deployed' and a.size > $1
     order by a.size limit 1`,
    [index],
  )
  if (row === undefined) return null
  return {
    chainId: Number(row.chain_id),
    contract: row.contract,
    size: Number(row.size),
    root: toBase64(row.root),
    proof: [],
    block: Number(row.block_number),
    transaction: row.mined_transaction,
    state: await stateBehind(tx, row),
  }
}

/** Null where the chain proves nothing of its state, or did not when the anchor became final. */
async function stateBehind(tx: Tx, { id, block_hash }: AnchorRow): Promise<Anchor['state']> {
  const state = await anchoredState(tx, id)
  if (state === undefined) return null
  const nodes = (each: readonly Uint8Array[]) => each.map(toBase64)
  const { header, account, storage } = state
  return {
    blockHash: block_hash,
    header: toBase64(header),
    account: nodes(account),
    storage: nodes(storage),
  }
}
