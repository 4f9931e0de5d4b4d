/**
 * The log as tlog-tiles serves it, its state for people, and the policy by which to verify.
 * Tiles and entries are served up to the published checkpoint only: what lies beyond has no
 * witnesses yet.
 */
import { logStatus } from '@tillproof/shared/api/evidence.ts'
import { encodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import {
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  type TilePath,
} from '@tillproof/shared/merkle/tiles.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route, reply } from '../../platform/http/route.ts'
import { newestPublished } from './checkpoints.ts'
import { policyText } from './policy.ts'
import { sidecarRoute } from './sidecar-route.ts'
import { readLogStatus } from './status.ts'
import { readTile } from './tiles.ts'

export type LogRoutesDeps = {
  db: Db
  /** As of now: witnesses may join while the cloud runs. */
  policy: () => Policy
  /** A chain node that readers may ask, for the policy's anchor line. */
  publicRpcUrl?: string
}

const SHORT_LIVED = 'public, max-age=1'
const IMMUTABLE = 'public, max-age=31536000, immutable'
const TEXT = 'text/plain; charset=utf-8'

export function logRoutes(deps: LogRoutesDeps): Route[] {
  return [
    checkpointRoute(deps),
    tileRoute(deps),
    sidecarRoute(deps),
    statusRoute(deps),
    policyRoute(deps),
  ]
}

function checkpointRoute({ db }: LogRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/log/checkpoint',
    summary: 'The newest published checkpoint, signed and cosigned (C2SP tlog-tiles)',
    access: 'public',
    produces: 'text/plain',
    async handle() {
      const published = await db.withSystem(newestPublished)
      if (published === undefined) return notYet()
      return reply(published.note, {
        headers: { 'content-type': TEXT, 'cache-control': SHORT_LIVED },
      })
    },
  })
}

function tileRoute({ db }: LogRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/log/tile/*path',
    summary: 'A tile of hashes, or a bundle of entries (C2SP tlog-tiles)',
    access: 'public',
    params: z.object({ path: z.array(z.string().max(40)).max(10) }),
    produces: 'application/octet-stream',
    async handle({ params }) {
      const asked = parseTilePath(`tile/${params.path.join('/')}`)
      const bytes = asked && (await db.withSystem(tx => readPublished(tx, asked)))
      if (bytes === undefined) return noSuchTile()
      return reply(bytes, {
        headers: { 'content-type': 'application/octet-stream', 'cache-control': IMMUTABLE },
      })
    },
  })
}

function statusRoute({ db, policy }: LogRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/log/status',
    summary: 'How far the log, its witnesses and its anchors have come',
    access: 'public',
    response: logStatus,
    handle: () => db.withSystem(tx => readLogStatus(tx, policy())),
  })
}

function policyRoute({ db, policy, publicRpcUrl }: LogRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/policy',
    summary: 'Whom to trust, as this cloud sees it (C2SP tlog-policy and anchor lines)',
    access: 'public',
    produces: 'text/plain',
    async handle() {
      const text = await db.withSystem(tx => policyText(tx, policy(), publicRpcUrl))
      return reply(text, {
        headers: { 'content-type': TEXT, 'cache-control': SHORT_LIVED },
      })
    },
  })
}

async function readPublished(tx: Tx, { kind, tile }: TilePath): Promise<Uint8Array | undefined> {
  const published = await newestPublished(tx)
  const end = (tile.index * TILE_WIDTH + tile.width) * TILE_WIDTH ** tile.level
  if (published === undefined || end > published.size) return undefined
  return kind === 'tile' ? readTile(tx, tile) : readEntries(tx, tile)
}

async function readEntries(tx: Tx, { index, width }: Tile): Promise<Uint8Array> {
  const first = index * TILE_WIDTH
  const rows = await tx.query<{ entry: Buffer }>(
    `select entry from log_leaves where log_index >= $1 and log_index < $2 order by log_index`,
    [first, first + width],
  )
  return encodeEntryBundle(rows.map(row => row.entry))
}

function notYet() {
  return problem(
    404,
    'log.empty',
    'No checkpoint is published yet.',
    'Ask again in a few seconds; if it stays so, look at /api/v1/log/status.',
  )
}

function noSuchTile() {
  return problem(
    404,
    'log.no-tile',
    'The published log has no such tile.',
    'Read /log/checkpoint and ask for tiles of its size; paths are those of C2SP tlog-tiles.',
  )
}
