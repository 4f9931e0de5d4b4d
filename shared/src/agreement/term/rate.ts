/**
 * A rate says what one sale brings a lender: a part of gross, a part of what is left after other
 * terms, so much a unit, or the greater or the lesser of several. A unit is one sale.
 */
import { z } from 'zod'
import { type Asking, least, most, netOf, partOf } from './asking.ts'
import { basisPoints, positiveMinor, termName } from './fields.ts'

const plainRate = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('nothing') }),
  z.strictObject({ of: z.literal('gross'), basisPoints }),
  z.strictObject({ of: z.literal('net'), basisPoints, after: z.array(termName).min(1).max(40) }),
  z.strictObject({ of: z.literal('unit'), minor: positiveMinor }),
])
export const rate = z.discriminatedUnion('of', [
  ...plainRate.options,
  z.strictObject({ of: z.literal('greater'), rates: z.array(plainRate).min(2).max(8) }),
  z.strictObject({ of: z.literal('lesser'), rates: z.array(plainRate).min(2).max(8) }),
])
export type Rate = z.infer<typeof rate>

export function rateMinor(each: Rate, asking: Asking): bigint {
  switch (each.of) {
    case 'nothing':
      return 0n
    case 'gross':
      return partOf(asking.grossMinor, each.basisPoints)
    case 'net':
      return partOf(netOf(asking, each.after), each.basisPoints)
    case 'unit':
      return BigInt(each.minor)
    case 'greater':
      return most(...each.rates.map(one => rateMinor(one, asking)))
    case 'lesser':
      return least(...each.rates.map(one => rateMinor(one, asking)))
  }
}

/** Names of the terms a rate looks at. */
export function termsOfRate(each: Rate): string[] {
  if (each.of === 'net') return each.after
  return 'rates' in each ? each.rates.flatMap(termsOfRate) : []
}
