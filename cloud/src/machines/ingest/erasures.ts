/** SQL of erasures: the log they are of, what holds a part, who asked, what the machine said. */
import type { Erasure } from '@tillproof/shared/api/erasure.ts'
import { MAX_BATCH_ENTRIES } from '@tillproof/shared/wire/batch.ts'
import type { Tx } from '../../platform/db/db.ts'

export type LogKey = { operatorId: string; deviceId: string; epoch: number }
/** `isPresent`: of the epoch that may grow. */
export type LockedEpoch = LogKey & { origin: string; size: number; isPresent: boolean }

/** Locks as ingest does, so that no batch comes in between; without `epoch` the present one. */
export async function lockEpoch(
  tx: Tx,
  deviceId: string,
  epoch: number | undefined,
): Promise<LockedEpoch | undefined> {
  const [row] = await tx.query<{
    operator_id: string
    epoch: number
    origin: string
    size: bigint
    is_present: boolean
  }>(
    `select h.operator_id, h.epoch, h.origin, h.size, h.epoch = d.epoch as is_present
     from devices d join device_heads h on h.operator_id = d.operator_id and h.device_id = d.id
     where d.id = $1 and h.epoch = coalesce($2, d.epoch) for update of h`,
    [deviceId, epoch ?? null],
  )
  if (row === undefined) return undefined
  const { operator_id: operatorId, origin, is_present: isPresent } = row
  return { operatorId, deviceId, epoch: row.epoch, origin, size: Number(row.size), isPresent }
}

export async function isErased(tx: Tx, log: LogKey, index: number): Promise<boolean> {
  return (await erasedIndexes(tx, log, index, index + 1)).length > 0
}

/** Erased events with indexes [from, to), ascending. */
export async function erasedIndexes(
  tx: Tx,
  { deviceId, epoch }: LogKey,
  from: number,
  to: number,
): Promise<number[]> {
  const rows = await tx.query<{ index: bigint }>(
    `select index from erasures
     where device_id = $1 and epoch = $2 and index >= $3 and index < $4 order by index`,
    [deviceId, epoch, from, to],
  )
  return rows.map(row => Number(row.index))
}

/** The batches whose payload may hold an event: later ones may repeat what came before. */
export async function batchesNear(
  tx: Tx,
  { operatorId, deviceId, epoch }: LogKey,
  index: number,
): Promise<{ firstIndex: number; payload: Uint8Array }[]> {
  const rows = await tx.query<{ first_index: bigint; payload: Buffer }>(
    `select first_index, payload from device_batches
     where operator_id = $1 and device_id = $2 and epoch = $3
       and size_after > $4 and first_index <= $5
     order by first_index`,
    [operatorId, deviceId, epoch, index, index + MAX_BATCH_ENTRIES],
  )
  return rows.map(row => ({ firstIndex: Number(row.first_index), payload: row.payload }))
}

export async function replacePayload(
  tx: Tx,
  { operatorId, deviceId, epoch }: LogKey,
  firstIndex: number,
  payload: Uint8Array,
): Promise<void> {
  await tx.query(
    `update device_batches set payload = $5
     where operator_id = $1 and device_id = $2 and epoch = $3 and first_index = $4`,
    [operatorId, deviceId, epoch, firstIndex, payload],
  )
}

export async function incidentProofs(
  tx: Tx,
  { operatorId, deviceId }: LogKey,
): Promise<{ id: string; proof: Uint8Array }[]> {
  return tx.query<{ id: string; proof: Buffer }>(
    `select id, proof from incidents
     where operator_id = $1 and device_id = $2 and proof is not null`,
    [operatorId, deviceId],
  )
}

export async function replaceProof(tx: Tx, id: string, proof: Uint8Array): Promise<void> {
  await tx.query('update incidents set proof = $2 where id = $1', [id, proof])
}

/** A sample is cut off and cannot be read; counts and reasons of what was refused stay. */
export async function clearSamples(tx: Tx, { operatorId, deviceId }: LogKey): Promise<void> {
  await tx.query(
    `update refused_batches set sample = '' where operator_id = $1 and device_id = $2`,
    [operatorId, deviceId],
  )
}

export type NewErasure = {
  index: number
  sealedHash: Uint8Array
  reason: string
  requestedBy: string | null
  orderNote: string | null
}

export async function addErasure(tx: Tx, log: LogKey, erasure: NewErasure): Promise<void> {
  const { index, sealedHash, reason, requestedBy, orderNote } = erasure
  const key = [log.operatorId, log.deviceId, log.epoch]
  await tx.query(
    `insert into erasures (operator_id, device_id, epoch, index, sealed_hash, reason,
       requested_by, order_note)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [...key, index, sealedHash, reason, requestedBy, orderNote],
  )
}

/** The first telling counts. */
export async function setTold(
  tx: Tx,
  { deviceId, epoch }: LogKey,
  index: number,
  toldIndex: number,
): Promise<void> {
  await tx.query(
    `update erasures set told_index = $4
     where device_id = $1 and epoch = $2 and index = $3 and told_index is null`,
    [deviceId, epoch, index, toldIndex],
  )
}

/** Orders that a machine has not obeyed: to those connected now, and to others now and then. */
export async function ordersToSend(tx: Tx, againMs: number, limit: number): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select e.id from erasures e join devices d on d.id = e.device_id
     where e.order_note is not null and e.told_index is null and d.status <> 'retired'
       and (e.sent_at is null or e.sent_at < d.connected_at
         or e.sent_at < now() - $1 * interval '1 millisecond'
           * case when d.connected_at is null then 30 else 1 end)
     order by e.at limit $2`,
    [againMs, limit],
  )
  return rows.map(row => row.id)
}

/** The device and its order, marked as sent; undefined when it was obeyed meanwhile. */
export async function takeOrder(
  tx: Tx,
  id: string,
): Promise<{ deviceId: string; order: string } | undefined> {
  const [row] = await tx.query<{ device_id: string; order_note: string }>(
    `update erasures set sent_at = now()
     where id = $1 and order_note is not null and told_index is null
     returning device_id, order_note`,
    [id],
  )
  return row && { deviceId: row.device_id, order: row.order_note }
}

/** The erasures of a machine, newest first. */
export async function listErasures(
  tx: Tx,
  deviceId: string,
  one?: { epoch?: number | undefined; index: number },
): Promise<Erasure[]> {
  const rows = await tx.query<{
    epoch: number
    index: bigint
    reason: string
    at: Date
    email: string | null
    machine: Erasure['machine']
  }>(
    `select e.epoch, e.index, e.reason, e.at, u.email,
       case when e.told_index is not null then 'erased' when e.order_note is not null
         then 'ordered' else 'earlier-epoch' end as machine
     from erasures e left join users u on u.id = e.requested_by
     where e.device_id = $1 and ($2::bigint is null or e.index = $2)
       and ($3::int is null or e.epoch = $3)
     order by e.at desc, e.index desc limit 1000`,
    [deviceId, one?.index ?? null, one?.epoch ?? null],
  )
  return rows.map(({ email, at, index, ...row }) => {
    return { ...row, deviceId, index: Number(index), at: at.toISOString(), by: email }
  })
}
