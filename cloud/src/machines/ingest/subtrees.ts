/**
 * Single hashes of a device log's tree, read from where ingest stored them: leaves and the subtrees
 * they complete lie beside the batch that brought them. A proof costs as many small reads as it has
 * hashes, however long the log is.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { placeOfSubtree, type Subtree, subtreesRead } from '@tillproof/shared/merkle/completed.ts'
import type { HashReader } from '@tillproof/shared/merkle/proof.ts'
import { subsetProof } from '@tillproof/shared/merkle/subset.ts'
import type { Tx } from '../../platform/db/db.ts'

export type LogKey = { deviceId: string; epoch: number }

/** The one proof that the events at `indexes`, ascending, are in the tree of `size`. */
export async function proofOfEvents(
  tx: Tx,
  log: LogKey,
  indexes: readonly number[],
  size: number,
): Promise<Uint8Array[]> {
  const proof = (read: HashReader) => subsetProof(read, indexes, size)
  const known = await readSubtrees(tx, log, subtreesRead(proof))
  return proof((level, index) => known.get(`${level}/${index}`) ?? missing(level, index))
}

type Row = { level: number; index: bigint; hash: Buffer }

async function readSubtrees(
  tx: Tx,
  log: LogKey,
  wanted: readonly Subtree[],
): Promise<Map<string, Uint8Array>> {
  const places = wanted.map(placeOfSubtree)
  // The batch's first subtree has the place first_index - (its set bits), see countCompleted.
  const rows = await tx.query<Row>(
    `select w.level, w.index, case w.level
         when 0 then substring(b.leaf_hashes from 32 * (w.leaf - b.first_index)::int + 1 for 32)
         else substring(b.node_hashes from 32 * (w.place - b.first_place)::int + 1 for 32)
       end as hash
     from unnest($3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
       as w (level, index, leaf, place)
     cross join lateral (
       select first_index, first_index - bit_count(first_index::bit(64)) as first_place,
         leaf_hashes, node_hashes
       from device_batches
       where device_id = $1 and epoch = $2 and first_index <= w.leaf
       order by first_index desc limit 1) b`,
    [
      log.deviceId,
      log.epoch,
      wanted.map(({ level }) => level),
      wanted.map(({ index }) => index),
      places.map(({ leaf }) => leaf),
      places.map(({ place }) => Math.max(0, place)),
    ],
  )
  const whole = rows.filter(({ hash }) => hash.length === 32)
  return new Map(whole.map(({ level, index, hash }) => [`${level}/${index}`, new Uint8Array(hash)]))
}

function missing(level: number, index: number): never {
  throw new TillproofError(
    'ingest.subtree-missing',
    `the stored batches hold no hash at level ${level}, index ${index}`,
    'compare device_batches with the size in device_heads; batches must follow one another',
  )
}
