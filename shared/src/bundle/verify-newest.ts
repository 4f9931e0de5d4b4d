/**
 * Whether a head of a bundle is the newest that the cloud has logged of its machine. The daily map
 * of newest heads has one place for every origin (wire/heads-map.ts); a bundle may carry the map's
 * leaf and the origin's entry in it.
 */
import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { decodeHeadsMap, headsMapEntry, type NewestHead } from '../wire/heads-map.ts'
import type { ReadBundle } from './bundle.ts'
import type { Check } from './report.ts'

type Newest = NonNullable<ReadBundle['deviceHeads'][number]['newest']>

const HEADS_MAP_PREFIX = utf8('tillproof/heads-map/v1\n')

/** @param own the bundle's head, as it is proven to stand in the log */
export function checkNewest(own: NewestHead, newest: Newest, log: Checkpoint): Check[] {
  const { origin } = own
  const size = mappedSize(newest, origin, log)
  if (size === undefined) return [check(false, `The map of newest heads is not about ${origin}.`)]
  const { head } = newest
  if (head.leafIndex > own.leafIndex) {
    return [check(null, `A newer head of ${origin} is leaf ${head.leafIndex} of the log.`)]
  }
  const isLater = own.leafIndex >= size
  const isSame = head.leafIndex === own.leafIndex && equal(head.leafHash, own.leafHash)
  if (isLater || isSame) {
    const among = `the first ${size} leaves of the log`
    return [check(true, `No newer head of ${origin} is among ${among}.`)]
  }
  const lie = `The log's map of newest heads leaves out leaf ${own.leafIndex}, of ${origin}.`
  return [check(false, lie), { name: 'fork', ok: false, detail: lie }]
}

/** @returns how many leaves the map covers; undefined unless it is logged and names the origin. */
function mappedSize(newest: Newest, origin: string, log: Checkpoint): number | undefined {
  const map = decodeHeadsMap(newest.map)
  const isLogged = verifyInclusion({
    leafHash: leafHash(concat(HEADS_MAP_PREFIX, newest.map)),
    index: newest.leafIndex,
    size: log.size,
    proof: newest.proof,
    root: log.root,
  })
  if (!map || !isLogged || map.size > newest.leafIndex || newest.head.leafIndex >= map.size) {
    return undefined
  }
  const isNamed = verifyInclusion({
    leafHash: leafHash(headsMapEntry({ origin, ...newest.head })),
    index: newest.at,
    size: map.origins,
    proof: newest.path,
    root: map.root,
  })
  return isNamed ? map.size : undefined
}

function check(ok: boolean | null, detail: string): Check {
  return { name: 'newest-head', ok, detail }
}
