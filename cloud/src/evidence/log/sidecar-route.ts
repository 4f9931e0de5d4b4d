/**
 * What lies beside the leaves, for those who follow the log: bundles as of entries, with the
 * sidecar of each leaf in its place and nothing where a leaf has none. docs/wire/log.md
 */
import { encodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { parseTilePath, TILE_WIDTH, type Tile } from '@tillproof/shared/merkle/tiles.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route, reply } from '../../platform/http/route.ts'
import { newestPublished } from './checkpoints.ts'

export function sidecarRoute({ db }: { db: Db }): Route {
  return defineRoute({
    method: 'get',
    path: '/log/consistency/*path',
    summary: 'Consistency proofs of device heads, beside the entry bundle of the same name',
    access: 'public',
    params: z.object({ path: z.array(z.string().max(40)).max(10) }),
    produces: 'application/octet-stream',
    async handle({ params }) {
      const asked = parseTilePath(`tile/entries/${params.path.join('/')}`)
      const bytes = asked && (await db.withSystem(tx => readSidecars(tx, asked.tile)))
      if (bytes === undefined) return noSuchBundle()
      return reply(bytes, {
        headers: {
          'content-type': 'application/octet-stream',
          'cache-control': 'public, max-age=31536000, immutable',
        },
      })
    },
  })
}

async function readSidecars(tx: Tx, { index, width }: Tile): Promise<Uint8Array | undefined> {
  const published = await newestPublished(tx)
  const first = index * TILE_WIDTH
  if (published === undefined || first + width > published.size) return undefined
  const rows = await tx.query<{ sidecar: Buffer | null }>(
    'select sidecar from log_leaves where log_index >= $1 and log_index < $2 order by log_index',
    [first, first + width],
  )
  return encodeEntryBundle(rows.map(row => row.sidecar ?? new Uint8Array()))
}

function noSuchBundle() {
  return problem(
    404,
    'log.no-tile',
    'The published log has no such bundle.',
    'Read /log/checkpoint and ask for bundles of its size; names are those of entry bundles.',
  )
}
