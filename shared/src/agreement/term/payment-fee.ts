/**
 * The payment company's fee: a part of gross by channel, rounded half up as such companies do.
 * Nobody takes one for cash.
 */
import { z } from 'zod'
import { CASH } from '../account-path.ts'
import { type Ask, type Asking, WHOLE } from './asking.ts'
import { basisPoints, termName } from './fields.ts'

export const paymentFee = z.strictObject({
  kind: z.literal('payment-fee'),
  name: termName,
  channels: z
    .array(z.strictObject({ channel: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/), basisPoints }))
    .min(1)
    .max(20),
})
export type PaymentFee = z.infer<typeof paymentFee>

export function askPaymentFee(term: PaymentFee, { channel, grossMinor }: Asking): Ask {
  if (channel === CASH) return 0n
  const found = term.channels.find(each => each.channel === channel)
  if (found === undefined) return { refused: 'channel-without-fee' }
  return (grossMinor * BigInt(found.basisPoints) + WHOLE / 2n) / WHOLE
}
