/**
 * A site's share of a month's takings with a guaranteed minimum: of each month the site gets the
 * greater of the two. Until the minimum is reached it is first in line for `upToBasisPoints` of
 * each sale; afterwards each sale brings the month's share up to date.
 */
import { z } from 'zod'
import { owedMinor } from '../tally.ts'
import { type Asking, least, type Memory, most, partOf } from './asking.ts'
import { agreedAccount, basisPoints, minor, termName } from './fields.ts'

export const siteShare = z.strictObject({
  kind: z.literal('site-share'),
  name: termName,
  account: agreedAccount,
  /** Part of the month's gross. */
  basisPoints,
  /** What a month brings at least. */
  minimumMinor: minor,
  /** Whether what a month could not pay is owed in the next. */
  carries: z.boolean(),
  /** The largest part of one sale that it takes. */
  upToBasisPoints: basisPoints.min(1),
})
export type SiteShare = z.infer<typeof siteShare>

export const siteShareMemory = (term: SiteShare): Memory => ({
  period: 'month',
  carries: term.carries,
  dueMinor: gross => most(BigInt(term.minimumMinor), partOf(gross, term.basisPoints)),
  holidays: [],
})

export function askSiteShare(term: SiteShare, { tally, grossMinor }: Asking): bigint {
  if (tally === null) return 0n
  const owed = owedMinor(tally, siteShareMemory(term), tally.grossMinor + grossMinor)
  return least(owed, partOf(grossMinor, term.upToBasisPoints))
}
