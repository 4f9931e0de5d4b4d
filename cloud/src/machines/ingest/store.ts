/** SQL of device logs and batches: the row ingest locks, what it appends, what proofs read. */

import { decodePeaks, encodePeaks, type Peaks } from '@tillproof/shared/merkle/peaks.ts'
import { ed25519Verifier } from '@tillproof/shared/note/key.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { KnownLog } from './check.ts'

const HASH_BYTES = 32

export type LockedLog = KnownLog & {
  operatorId: string
  deviceId: string
  epoch: number
  status: 'active' | 'quarantined' | 'retired'
  head: string | null
  receipt: string | null
}

type LogRow = {
  operator_id: string
  device_id: string
  epoch: number
  status: LockedLog['status']
  origin: string
  evidence_key: Buffer
  peaks: Buffer
  root: Buffer
  head: string | null
  receipt: string | null
}

/**
 * The logs of these devices' present epochs, by device, locked until the transaction ends, always
 * in one order so that no two transactions wait for each other.
 */
export async function lockLogs(
  tx: Tx,
  deviceIds: readonly string[],
): Promise<ReadonlyMap<string, LockedLog>> {
  const rows = await tx.query<LogRow>(
    `select h.operator_id, h.device_id, h.epoch, d.status, h.origin, h.evidence_key, h.peaks,
       h.root, h.head, h.receipt
     from devices d
     join device_heads h
       on h.operator_id = d.operator_id and h.device_id = d.id and h.epoch = d.epoch
     where d.id = any ($1::text[]) order by d.id for update of h`,
    [deviceIds],
  )
  return new Map(rows.map(row => [row.device_id, toLocked(row)]))
}

const toLocked = (row: LogRow): LockedLog => ({
  operatorId: row.operator_id,
  deviceId: row.device_id,
  epoch: row.epoch,
  status: row.status,
  origin: row.origin,
  verifier: ed25519Verifier(row.origin, new Uint8Array(row.evidence_key)),
  peaks: decodePeaks(new Uint8Array(row.peaks)),
  root: new Uint8Array(row.root),
  head: row.head,
  receipt: row.receipt,
})

export type NewBatch = {
  log: LockedLog
  firstIndex: number
  payload: Uint8Array
  leaves: readonly Uint8Array[]
  /** The subtrees that the leaves complete, in order. */
  nodes: readonly Uint8Array[]
  peaks: Peaks
  root: Uint8Array
  head: string
  receipt: string
  receivedAt: Date
  lastEventAt: Date
}

/** Each batch as it came, and each log's new head: one statement, however many machines. */
export async function appendBatches(tx: Tx, batches: readonly NewBatch[]): Promise<void> {
  const each = <T>(field: (batch: NewBatch) => T) => batches.map(field)
  await tx.query(APPEND_BATCHES, [
    each(({ log }) => log.operatorId),
    each(({ log }) => log.deviceId),
    each(({ log }) => log.epoch),
    each(batch => batch.firstIndex),
    each(batch => batch.peaks.size),
    each(batch => batch.head),
    each(batch => batch.receivedAt),
    each(batch => batch.receipt),
    each(batch => batch.lastEventAt),
    ...packed(each(batch => [batch.payload])),
    ...packed(each(batch => batch.leaves)),
    ...packed(each(batch => batch.nodes)),
    ...packed(each(batch => [encodePeaks(batch.peaks)])),
    ...packed(each(batch => [batch.root])),
  ])
}

const APPEND_BATCHES = `
with came as (
  select operator_id, device_id, epoch, first_index, size_after, head, received_at, receipt,
    last_event_at, substring($10::bytea from payload_at for payload_size) as payload,
    substring($13::bytea from leaves_at for leaves_size) as leaf_hashes,
    substring($16::bytea from nodes_at for nodes_size) as node_hashes,
    substring($19::bytea from peaks_at for peaks_size) as peaks,
    substring($22::bytea from root_at for root_size) as root
  from unnest($1::uuid[], $2::text[], $3::int4[], $4::int8[], $5::int8[], $6::text[],
    $7::timestamptz[], $8::text[], $9::timestamptz[], $11::int4[], $12::int4[], $14::int4[],
    $15::int4[], $17::int4[], $18::int4[], $20::int4[], $21::int4[], $23::int4[], $24::int4[])
    as came (operator_id, device_id, epoch, first_index, size_after, head, received_at, receipt,
      last_event_at, payload_at, payload_size, leaves_at, leaves_size, nodes_at, nodes_size,
      peaks_at, peaks_size, root_at, root_size)
), batch as (
  insert into device_batches (operator_id, device_id, epoch, first_index, size_after, head,
    received_at, payload, leaf_hashes, node_hashes)
  select operator_id, device_id, epoch, first_index, size_after, head, received_at, payload,
    leaf_hashes, node_hashes from came)
update device_heads h set size = c.size_after, head = c.head, received_at = c.received_at,
  peaks = c.peaks, root = c.root, receipt = c.receipt, last_event_at = c.last_event_at
from came c
where h.operator_id = c.operator_id and h.device_id = c.device_id and h.epoch = c.epoch`

/**
 * Many byte strings as one, with where each begins (from 1, as SQL counts) and its length: bytes go
 * as they are, while an array of them would go as hexadecimal text.
 */
function packed(
  items: readonly (readonly Uint8Array[])[],
): [bytes: Buffer, starts: number[], lengths: number[]] {
  const lengths = items.map(parts => parts.reduce((sum, part) => sum + part.length, 0))
  let next = 1
  const starts = lengths.map(length => {
    const start = next
    next += length
    return start
  })
  return [Buffer.concat(items.flat()), starts, lengths]
}

/** Leaf hashes [from, to) of one log, in order; only as many as the cloud holds. */
export async function leafHashes(
  tx: Tx,
  log: { deviceId: string; epoch: number },
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  if (from >= to) return []
  const rows = await tx.query<{ first_index: bigint; leaf_hashes: Buffer }>(
    `select first_index, leaf_hashes from device_batches
     where device_id = $1 and epoch = $2 and size_after > $3 and first_index < $4
     order by first_index`,
    [log.deviceId, log.epoch, from, to],
  )
  return rows.flatMap(row => {
    const first = Number(row.first_index)
    const all = split(row.leaf_hashes)
    return all.slice(Math.max(0, from - first), Math.max(0, to - first))
  })
}

function split(bytes: Buffer): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += HASH_BYTES) {
    hashes.push(new Uint8Array(bytes.subarray(at, at + HASH_BYTES)))
  }
  return hashes
}

export type StoredBatch = {
  epoch: number
  firstIndex: number
  sizeAfter: number
  payload: Buffer
  head: string
}

type BatchRow = {
  epoch: number
  first_index: bigint
  size_after: bigint
  payload: Buffer
  head: string
}

const BATCH = 'epoch, first_index, size_after, payload, head'

/** Newest batches of a device that begin before (epoch, index), newest first. */
export async function batchesBefore(
  tx: Tx,
  deviceId: string,
  before: { epoch: number; index: number },
  limit: number,
): Promise<StoredBatch[]> {
  const rows = await tx.query<BatchRow>(
    `select ${BATCH} from device_batches
     where device_id = $1 and (epoch, first_index) < ($2, $3)
     order by epoch desc, first_index desc limit $4`,
    [deviceId, before.epoch, before.index, limit],
  )
  return rows.map(toStored)
}

/** The batches that hold the events with these indexes, each once, oldest first. */
export async function batchesHolding(
  tx: Tx,
  log: { deviceId: string; epoch: number },
  indexes: readonly number[],
): Promise<StoredBatch[]> {
  const runs = runsOf(indexes)
  const rows = await tx.query<BatchRow>(
    `select distinct on (b.first_index) ${BATCH}
     from unnest($3::bigint[], $4::bigint[]) as run (first, last)
     cross join lateral (
       select ${BATCH} from device_batches
       where device_id = $1 and epoch = $2 and first_index <= run.last
         and first_index >= (
           select max(first_index) from device_batches
           where device_id = $1 and epoch = $2 and first_index <= run.first)) b
     where b.size_after > run.first
     order by b.first_index`,
    [log.deviceId, log.epoch, runs.map(run => run.first), runs.map(run => run.last)],
  )
  return rows.map(toStored)
}

/** Ascending indexes as the runs without a gap that they make. */
function runsOf(indexes: readonly number[]): { first: number; last: number }[] {
  const runs: { first: number; last: number }[] = []
  for (const index of indexes) {
    const run = runs.at(-1)
    if (run?.last === index - 1) run.last = index
    else runs.push({ first: index, last: index })
  }
  return runs
}

function toStored(row: BatchRow): StoredBatch {
  return {
    epoch: row.epoch,
    firstIndex: Number(row.first_index),
    sizeAfter: Number(row.size_after),
    payload: row.payload,
    head: row.head,
  }
}

const SAMPLE_BYTES = 4096

export type RefusedBatch = { deviceId: string; code: string; detail: string; payload: Uint8Array }

/** Counts a refusal and keeps the last sample; nothing for machines that are not registered. */
export async function countRefusal(tx: Tx, refusal: RefusedBatch): Promise<void> {
  await tx.query(
    `insert into refused_batches (operator_id, device_id, code, count, detail, sample, last_at)
     select operator_id, id, $2, 1, $3,
       -- What was erased once must not come back in a sample, which cannot be read.
       case when exists (select from erasures where device_id = $1) then '' else $4::bytea end,
       now()
     from devices where id = $1
     on conflict (operator_id, device_id, code) do update
       set count = refused_batches.count + 1, detail = excluded.detail, sample = excluded.sample,
         last_at = excluded.last_at`,
    [
      refusal.deviceId,
      refusal.code,
      refusal.detail,
      Buffer.from(refusal.payload.subarray(0, SAMPLE_BYTES)),
    ],
  )
}

/** Ends the log for good: it signed two histories. */
export async function quarantine(tx: Tx, log: LockedLog): Promise<void> {
  await tx.query(
    `update device_heads set forked_at = coalesce(forked_at, now())
     where operator_id = $1 and device_id = $2 and epoch = $3`,
    [log.operatorId, log.deviceId, log.epoch],
  )
  await tx.query("update devices set status = 'quarantined' where id = $1", [log.deviceId])
}

/** Whether the certificate was issued to this device. */
export async function ownsCertificate(
  tx: Tx,
  deviceId: string,
  fingerprint: Uint8Array,
): Promise<boolean> {
  const rows = await tx.query(
    'select from certificates where device_id = $1 and fingerprint = $2',
    [deviceId, fingerprint],
  )
  return rows.length > 0
}
