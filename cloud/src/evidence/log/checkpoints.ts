/**
 * SQL of checkpoints. One at a time waits for its witnesses (pending); published ones carry the
 * cosignatures that the policy asks for. A witness is known here by its verifier key.
 */
import { decodePeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Signer } from '@tillproof/shared/note/key.ts'
import { addSignature, signNote } from '@tillproof/shared/note/note.ts'
import type { Tx } from '../../platform/db/db.ts'

export type Checkpoint = { size: number; root: Uint8Array; note: string }
export type Published = Checkpoint & { at: Date; cosignatures: number }
export type Pending = Checkpoint & { signedAt: Date }
export type Cosignature = { vkey: string; line: string }

type Row = {
  size: bigint
  root: Buffer
  note: string
  signed_at: Date
  published_at: Date | null
  cosignatures: number
}
const columns = 'size, root, note, signed_at, published_at, cosignatures'

/** The size of the committed tree, whether or not a checkpoint covers it; 0 before the first. */
export async function headSize(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ size: bigint }>('select size from log_heads')
  return Number(row?.size ?? 0)
}

export async function newestPublished(tx: Tx): Promise<Published | undefined> {
  const [row] = await tx.query<Row>(
    `select ${columns} from log_checkpoints where state = 'published' order by size desc limit 1`,
  )
  return row && publishedOf(row)
}

export async function publishedAt(tx: Tx, size: number): Promise<Published | undefined> {
  const [row] = await tx.query<Row>(
    `select ${columns} from log_checkpoints where state = 'published' and size = $1`,
    [size],
  )
  return row && publishedOf(row)
}

export async function pendingCheckpoint(tx: Tx): Promise<Pending | undefined> {
  const [row] = await tx.query<Row>(
    `select ${columns} from log_checkpoints where state = 'pending'`,
  )
  return row && { ...checkpointOf(row), signedAt: row.signed_at }
}

/**
 * Signs the committed tree when it is larger than every checkpoint so far. Only what is committed
 * is signed, and signing it twice gives the same note, so this may run in any number of processes.
 *
 * @param signer the log's; its name is the origin @param also more keys of the log
 */
export async function signNewest(
  tx: Tx,
  signer: Signer,
  also: readonly Signer[] = [],
): Promise<void> {
  const [head] = await tx.query<{ peaks: Buffer }>(
    `select peaks from log_heads
     where size > (select coalesce(max(size), 0) from log_checkpoints)`,
  )
  if (head === undefined) return
  const peaks = decodePeaks(head.peaks)
  const root = rootOf(peaks)
  const text = formatCheckpoint({ origin: signer.name, size: peaks.size, root })
  const note = signNote(text, [signer, ...also])
  await tx.query(
    `insert into log_checkpoints (size, root, note, state) values ($1, $2, $3, 'pending')
     on conflict do nothing`,
    [peaks.size, root, note],
  )
}

/** Gives up a pending checkpoint, so that a newer one can be signed. Published ones stay. */
export async function dropPending(tx: Tx, size: number): Promise<void> {
  await tx.query(`delete from log_checkpoints where size = $1 and state = 'pending'`, [size])
}

export async function addCosignature(tx: Tx, size: number, one: Cosignature): Promise<void> {
  await tx.query(
    `insert into log_cosignatures (size, witness, line)
     select $1, $2, $3 where exists (select from log_checkpoints where size = $1)
     on conflict do nothing`,
    [size, one.vkey, one.line],
  )
}

export async function cosignaturesOf(tx: Tx, size: number): Promise<Cosignature[]> {
  return tx.query<Cosignature>(
    'select witness as vkey, line from log_cosignatures where size = $1 order by witness',
    [size],
  )
}

/** Publishes the checkpoint with these cosignatures, or adds those that came late. */
export async function publish(tx: Tx, size: number, signed: Cosignature[]): Promise<boolean> {
  const [row] = await tx.query<{ note: string; state: string }>(
    'select note, state from log_checkpoints where size = $1 for update',
    [size],
  )
  if (row === undefined) return false
  const note = addSignature(row.note, signed.map(one => one.line).join(''))
  await tx.query(
    `update log_checkpoints set note = $2, cosignatures = $3, state = 'published',
       published_at = coalesce(published_at, now())
     where size = $1`,
    [size, note, signed.length],
  )
  return row.state === 'pending'
}

const KEPT_HOURS = 24

/** Forgets checkpoints that newer ones replaced long ago; anchored ones and the newest stay. */
export async function pruneCheckpoints(tx: Tx): Promise<void> {
  await tx.query(
    `delete from log_checkpoints c
     where state = 'published' and published_at < now() - $1 * interval '1 hour'
       and size < (select max(size) from log_checkpoints where state = 'published')
       and not exists (select from anchors a where a.size = c.size)`,
    [KEPT_HOURS],
  )
}

export async function witnessSizes(tx: Tx): Promise<Map<string, number>> {
  const rows = await tx.query<{ witness: string; size: bigint }>(
    'select witness, size from log_witness_sizes',
  )
  return new Map(rows.map(row => [row.witness, Number(row.size)]))
}

export async function setWitnessSize(tx: Tx, vkey: string, size: number): Promise<void> {
  await tx.query(
    `insert into log_witness_sizes (witness, size) values ($1, $2)
     on conflict (witness) do update set size = excluded.size, heard_at = now()`,
    [vkey, size],
  )
}

function publishedOf(row: Row): Published {
  const at = row.published_at ?? row.signed_at
  return { ...checkpointOf(row), at, cosignatures: row.cosignatures }
}

function checkpointOf(row: Row): Checkpoint {
  return { size: Number(row.size), root: new Uint8Array(row.root), note: row.note }
}
