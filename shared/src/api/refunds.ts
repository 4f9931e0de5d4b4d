/** Refunds: money that goes back to a customer, whoever asked for it. */
import { z } from 'zod'
import { amountMinor, deviceId, id, instant, money, saleId } from './fields.ts'

export const refundState = z.enum([
  'requested',
  'submitted',
  'unknown',
  'succeeded',
  'refused',
  'abnormal',
])
export const refundCause = z.enum([
  'operator',
  'paid-late',
  'sale-failed',
  'no-sale',
  'final-amount',
  'company',
  'chargeback',
])

export const newRefund = z.object({
  /** Chosen by the asker, so that asking again is asking once; made here where it is left out. */
  id: id.optional(),
  saleId,
  /** Minor units in the payment's currency; more than nothing, at most what is left of it. */
  amountMinor,
  /** For the customer to read. */
  reason: z.string().trim().min(1).max(80),
})
export const refund = z.object({
  id,
  saleId: saleId.nullable(),
  orderId: id,
  deviceId,
  channel: z.string(),
  amount: money,
  /** What the payment company charged for it. */
  fee: money,
  cause: refundCause,
  reason: z.string(),
  state: refundState,
  /** The company's own number of it, once known. */
  companyId: z.string().nullable(),
  /** Why the company did not do it, in its words. */
  detail: z.string().nullable(),
  requestedAt: instant,
  decidedAt: instant.nullable(),
  bookedAt: instant.nullable(),
})

export type NewRefund = z.infer<typeof newRefund>
export type Refund = z.infer<typeof refund>
