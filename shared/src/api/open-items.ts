/** Open items: what did not meet its counterpart or its rule, ageing until it is dealt with. */
import { z } from 'zod'
import { amountMinor, currency, deviceId, id, instant, money, page, saleId } from './fields.ts'

/** Whole days since an item was opened; of a closed one, until then. */
export const ageBucket = z.enum(['0-1', '2-7', '8-30', '31-90', '91+'])

/** Why a person closes one. */
export const closingReason = z.enum([
  'explained',
  'paid-otherwise',
  'refunded-otherwise',
  'written-off',
  'duplicate',
  'test',
  'other',
])

export const openItem = z.object({
  id,
  reason: z.string(),
  deviceId: deviceId.nullable(),
  saleId: saleId.nullable(),
  orderId: id.nullable(),
  /** What it is about, where that is neither a sale nor an order: `box-count:<id>`. */
  subject: z.string().nullable(),
  amount: money.nullable(),
  openedAt: instant,
  closedAt: instant.nullable(),
  ageDays: z.number().int().min(0),
  ageBucket,
})

/** `by` is null where it settled itself; `reason` then says by what. */
export const openItemStep = z.object({
  step: z.enum(['opened', 'closed', 'reopened']),
  at: instant,
  by: z.object({ userId: id, name: z.string() }).nullable(),
  reason: z.string().nullable(),
  note: z.string().nullable(),
})
/** `history`: oldest first. */
export const openItemDetail = openItem.extend({ history: z.array(openItemStep) })

export const openItemQuery = page.extend({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  reason: z.string().max(40).optional(),
  deviceId: deviceId.optional(),
  ageBucket: ageBucket.optional(),
})

export const openItemClosing = z.object({
  reason: closingReason,
  note: z.string().min(1).max(400),
})
export const openItemReopening = z.object({ note: z.string().min(1).max(400) })

/** Sums of what is open, by reason, age and currency; null where the items have no amount. */
export const openItemAgeing = z.object({
  asOf: instant,
  lines: z.array(
    z.object({
      reason: z.string(),
      ageBucket,
      currency: currency.nullable(),
      items: z.number().int().min(1),
      amountMinor,
    }),
  ),
})

export type AgeBucket = z.infer<typeof ageBucket>
export type OpenItem = z.infer<typeof openItem>
export type OpenItemStep = z.infer<typeof openItemStep>
export type OpenItemDetail = z.infer<typeof openItemDetail>
export type OpenItemAgeing = z.infer<typeof openItemAgeing>
