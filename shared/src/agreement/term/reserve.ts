/** A reserve is filled from each sale until it holds its target, and again once drawn on. */
import { z } from 'zod'
import { type Asking, least, notNegative, partOf } from './asking.ts'
import { agreedAccount, basisPoints, positiveMinor, termName } from './fields.ts'

export const reserve = z.strictObject({
  kind: z.literal('reserve'),
  name: termName,
  account: agreedAccount,
  targetMinor: positiveMinor,
  /** The largest part of one sale that goes into it. */
  basisPoints: basisPoints.min(1),
})
export type Reserve = z.infer<typeof reserve>

export function askReserve(term: Reserve, asking: Asking): bigint {
  const held = asking.creditedMinor - asking.debitedMinor
  const lacking = notNegative(BigInt(term.targetMinor) - held)
  return least(lacking, partOf(asking.grossMinor, term.basisPoints))
}
