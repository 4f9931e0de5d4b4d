/** The platform's fee: a part of gross, and so much a sale. */
import { z } from 'zod'
import { type Asking, partOf } from './asking.ts'
import { agreedAccount, basisPoints, minor, termName } from './fields.ts'

export const platformFee = z.strictObject({
  kind: z.literal('platform-fee'),
  name: termName,
  account: agreedAccount,
  basisPoints,
  perSaleMinor: minor,
})
export type PlatformFee = z.infer<typeof platformFee>

export const askPlatformFee = (term: PlatformFee, { grossMinor }: Asking): bigint =>
  partOf(grossMinor, term.basisPoints) + BigInt(term.perSaleMinor)
