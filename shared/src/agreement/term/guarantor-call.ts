/**
 * A guarantor's call: what a sweep has carried unpaid and does not get from this sale itself is
 * taken out of the guarantor's own share of it. The call lowers that share and counts as paid
 * for the sweep.
 */
import { z } from 'zod'
import { type Asking, least, notNegative } from './asking.ts'
import { agreedAccount, termName } from './fields.ts'

export const guarantorCall = z.strictObject({
  kind: z.literal('guarantor-call'),
  name: termName,
  account: agreedAccount,
  /** The sweep that is guaranteed, and the share that stands in for it: terms before it. */
  of: termName,
  from: termName,
})
export type GuarantorCall = z.infer<typeof guarantorCall>

export function askGuarantorCall(term: GuarantorCall, { asked, carriedOf }: Asking): bigint {
  const unpaid = notNegative(carriedOf(term.of) - (asked.get(term.of) ?? 0n))
  return least(unpaid, asked.get(term.from) ?? 0n)
}
