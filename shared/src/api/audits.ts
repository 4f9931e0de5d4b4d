/** Asking a machine for its audit from afar, over the HTTP API. */
import { z } from 'zod'
import { deviceId, id, instant } from './fields.ts'

/**
 * `state`: `ordered` until the machine's event came, then what the event says; `expired` when none
 * came in time. `event`: where in the machine's log the answer stands.
 */
export const auditOrder = z.object({
  id,
  deviceId,
  at: instant,
  /** E-mail of who asked. */
  by: z.string(),
  state: z.enum(['ordered', 'read', 'failed', 'expired']),
  event: z.object({ epoch: z.number().int(), index: z.number().int() }).nullable(),
  /** Why it failed, in the machine's words. */
  reason: z.string().nullable(),
})

export type AuditOrder = z.infer<typeof auditOrder>
