/** A sale's proof bundle, to download and verify anywhere. */
import { saleId } from '@tillproof/shared/api/fields.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import { z } from 'zod'
import type { Db } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route, reply } from '../../platform/http/route.ts'
import { type Assembled, assembleBundle } from './assemble.ts'
import type { BundleSources } from './bundle.ts'
import type { HeadsMaps } from './newest.ts'

export type BundleRoutesDeps = { db: Db; policy: () => Policy; sources: BundleSources }

export function bundleRoutes(deps: BundleRoutesDeps): Route[] {
  const maps: HeadsMaps = {}
  const bundleOfSale = defineRoute({
    method: 'get',
    path: '/api/v1/bundles/sales/:saleId',
    summary: 'The proof bundle of a sale, for `tillproof verify`',
    access: 'session',
    params: z.object({ saleId }),
    produces: 'application/json',
    async handle({ session, params }) {
      const org = session.organisation.id
      const { db, sources, policy } = deps
      const assembled = await db.withTenant(org, tx =>
        assembleBundle(tx, { sources, policy: policy(), maps }, params.saleId),
      )
      if ('refused' in assembled) return refusals[assembled.refused]
      return reply(`${JSON.stringify(assembled.bundle)}\n`, {
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': `attachment; filename="sale-${params.saleId}.bundle.json"`,
          'cache-control': 'private, no-store',
        },
      })
    },
  })
  return [bundleOfSale]
}

type Refusal = Extract<Assembled, { refused: string }>['refused']

const refusals: Readonly<Record<Refusal, ReturnType<typeof problem>>> = {
  'unknown-sale': problem(
    404,
    'bundle.unknown-sale',
    'There is no such sale, or your organisation may not see it.',
    'Check the sale id: <device id>.<epoch>.<index>.',
  ),
  'not-logged': problem(
    409,
    'bundle.not-logged',
    'The machine’s record of this sale is not in a published checkpoint yet.',
    'Try again in a few seconds; if it stays so, look at /api/v1/log/status.',
  ),
}
