/** Erasing personal data of one event, over the HTTP API. */
import { z } from 'zod'
import { isReason, MAX_REASON_LENGTH } from '../wire/erase-order.ts'
import { deviceId, instant } from './fields.ts'

const count = z.number().int().nonnegative()

export const newErasure = z.strictObject({
  index: count,
  /** The machine's present epoch when absent. */
  epoch: z.number().int().min(1).optional(),
  reason: z.string().refine(isReason, `must be one line of 1 to ${MAX_REASON_LENGTH} characters`),
})

/**
 * `machine`: `ordered` until it has said that its own copy is gone, `erased` then; `earlier-epoch`
 * when the journal belongs to an enrolment that is over, and nobody is left to obey.
 */
export const erasure = z.object({
  deviceId,
  epoch: z.number().int(),
  index: count,
  reason: z.string(),
  at: instant,
  /** E-mail of who asked; null when the machine erased it and said so. */
  by: z.string().nullable(),
  machine: z.enum(['ordered', 'erased', 'earlier-epoch']),
})

export type Erasure = z.infer<typeof erasure>
