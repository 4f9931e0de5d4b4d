/** The operator lets the lender and the site see its machines; granted once, kept over restarts. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { grant } from '@tillproof/shared/api/people.ts'
import type { Actors } from './parties.ts'

/** The lender sees figures and money of all machines; the site that they stand and sell. */
export async function grantSight({ operator, lender, site }: Actors): Promise<void> {
  const { items } = await operator.api.get('/api/v1/grants?limit=200', listOf(grant))
  const wanted = [
    { granteeId: lender.id, scope: 'finance' },
    { granteeId: site.id, scope: 'monitor' },
  ]
  for (const each of wanted) {
    const has = items.some(given => given.granteeId === each.granteeId && given.revokedAt === null)
    if (!has) await operator.api.post('/api/v1/grants', each, grant)
  }
}
