/** Limits that an operator sets on single accounts of its book. */
import { z } from 'zod'
import { isAccountPath } from '../agreement/account-path.ts'
import { amountMinor, currency, id, instant } from './fields.ts'

/** `debits-within-credits`: no more may go out than came in; the other the other way round. */
const rule = z.enum(['none', 'debits-within-credits', 'credits-within-debits'])
const path = z.string().max(160).refine(isAccountPath)

/** Takes the place of what was set on the account before; no rule and no maximum lifts it. */
export const newAccountLimit = z.object({
  path,
  currency,
  rule: rule.default('none'),
  /** Of the balance, on whichever side it is, with what is pending and without. */
  mostMinor: z
    .string()
    .regex(/^(0|[1-9]\d{0,17})$/)
    .nullable()
    .default(null),
  note: z.string().min(1).max(400),
})
export const accountLimit = z.object({
  bookId: id,
  path: z.string(),
  currency,
  rule,
  mostMinor: amountMinor.nullable(),
  note: z.string(),
  setAt: instant,
  /**
   * `waiting`: for the book's next journal, for the account to be opened, or for its balance to
   * keep it.
   */
  state: z.enum(['applied', 'waiting']),
})

export type AccountLimitView = z.infer<typeof accountLimit>
