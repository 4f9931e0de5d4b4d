/**
 * The rule of the daily `heads-map` leaf: it is the map of the heads that the log showed to
 * everybody. A map of others would let somebody be shown an old head as the newest one.
 */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import {
  decodeHeadsMap,
  HEADS_MAP_LAG,
  headsMapOf,
  type NewestHead,
} from '@tillproof/shared/wire/heads-map.ts'
import type { Finding } from './finding.ts'

export type LoggedMap = { log: string; leafIndex: number; body: Uint8Array }

/** @param newest the newest heads among so many leaves, as they were followed */
export function judgeHeadsMap(
  newest: (size: number) => NewestHead[],
  { log, leafIndex, body }: LoggedMap,
): Finding[] {
  const found = (detail: string, proof: Finding['proof'] = {}): Finding[] => [
    {
      kind: 'hidden-head',
      origin: log,
      leafIndex,
      detail,
      proof: { map: toBase64(body), ...proof },
    },
  ]
  const map = decodeHeadsMap(body)
  if (map === undefined) return found('the leaf is no map of heads')
  if (map.size > leafIndex) return found(`it speaks of ${map.size} leaves, before it are fewer`)
  if (map.size < leafIndex - HEADS_MAP_LAG) return found('it leaves out too much of what is before')
  const own = headsMapOf(newest(map.size), map.size)
  if (own.origins === map.origins && equal(own.root, map.root)) return []
  const detail =
    own.origins === map.origins
      ? `its root is not that of the ${own.origins} newest heads among ${map.size} leaves`
      : `it has ${map.origins} device logs, the log shows ${own.origins} in ${map.size} leaves`
  return found(detail, { size: map.size, origins: own.origins, root: toBase64(own.root) })
}
