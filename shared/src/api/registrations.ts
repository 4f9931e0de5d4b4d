/** What became of an agreement's version in the registry contract. */
import { z } from 'zod'
import { agreement } from './agreements.ts'

export const registration = z.object({
  chainId: z.number().int(),
  contract: z.string(),
  state: z.enum(['submitted', 'mined', 'final', 'failed']),
  /** The one that was mined, else the newest that was sent; null where others registered it. */
  transaction: z.string().nullable(),
  block: z.number().int().nullable(),
  failure: z.string().nullable(),
})
/** One version; null while nothing was done, or where this cloud registers nowhere. */
export const agreementVersion = agreement.extend({ registration: registration.nullable() })

export type Registration = z.infer<typeof registration>
export type AgreementVersion = z.infer<typeof agreementVersion>
