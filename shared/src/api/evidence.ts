/** The cloud's log, its anchors, and what a verifier has to trust. */
import { z } from 'zod'
import { instant } from './fields.ts'

export const logStatus = z.object({
  origin: z.string(),
  vkey: z.string(),
  size: z.number().int(),
  published: z
    .object({ size: z.number().int(), at: instant, cosignatures: z.number().int() })
    .nullable(),
  pending: z.object({ size: z.number().int(), ageMs: z.number().int() }).nullable(),
  anchor: z
    .object({
      chainId: z.number().int(),
      contract: z.string(),
      size: z.number().int(),
      transaction: z.string(),
      block: z.number().int(),
      at: instant,
      state: z.enum(['submitted', 'mined', 'final']),
    })
    .nullable(),
})
export type LogStatus = z.infer<typeof logStatus>
