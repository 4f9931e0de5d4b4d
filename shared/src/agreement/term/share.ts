/**
 * A part of gross, or of what is left after other terms: a manufacturer's, an investor's, a site's.
 * A cap ends it for good.
 */
import { z } from 'zod'
import { type Asking, least, netOf, notNegative, partOf } from './asking.ts'
import { agreedAccount, basisPoints, positiveMinor, termName } from './fields.ts'

export const share = z.strictObject({
  kind: z.literal('share'),
  name: termName,
  account: agreedAccount,
  basisPoints: basisPoints.min(1),
  /** Terms before it whose asking is taken off gross first; none: of gross. */
  after: z.array(termName).max(40),
  /** Credits of the account over its life after which the share takes no more; null is no end. */
  capMinor: positiveMinor.nullable(),
})
export type Share = z.infer<typeof share>

export function askShare(term: Share, asking: Asking): bigint {
  const full = partOf(netOf(asking, term.after), term.basisPoints)
  if (term.capMinor === null) return full
  return least(full, notNegative(BigInt(term.capMinor) - asking.creditedMinor))
}
