/**
 * What an account's owner is told of it: its balance at a time, and the movements of a period that
 * lead from the opening balance to the closing one. Times are those of the booking.
 */
import { z } from 'zod'
import { amountMinor, currency, deviceId, id, instant, saleId } from './fields.ts'

/** Debits and credits, booked and only held so far, up to a time. */
export const sums = z.object({
  debitsPosted: amountMinor,
  creditsPosted: amountMinor,
  debitsPending: amountMinor,
  creditsPending: amountMinor,
})

const owned = z.object({
  /** The book it belongs to: an operator's organisation. */
  bookId: id,
  path: z.string(),
  currency,
  /** Whose account it is, where it is one party's or one machine's. */
  partyId: id.nullable(),
  deviceId: deviceId.nullable(),
})

/** What was booked before `at`. */
export const balance = owned.extend({ at: instant, ...sums.shape })

export const movement = z.object({
  /** Number of the journal in the book, and which of its legs this is. */
  journal: z.number().int(),
  leg: z.number().int(),
  /** What it is the one posting of, such as `sale:<sale id>`. */
  businessId: z.string(),
  kind: z.string(),
  /** When it happened, and when it was booked: late sales keep their own time. */
  at: instant,
  bookedAt: instant,
  side: z.enum(['debit', 'credit']),
  /** `pending` is held and `released` no longer so; neither moves the balance. */
  phase: z.enum(['posted', 'pending', 'released']),
  amountMinor,
  /** Booked credits less booked debits after it. */
  balanceMinor: amountMinor,
  deviceId: deviceId.nullable(),
  /** The sale that it came from, where the reader may see that sale. */
  saleId: saleId.nullable(),
  agreement: z.object({ id, version: z.number().int() }).nullable(),
})

/** From the first instant to before the last. Movements are newest first, a page at a time. */
export const statement = owned.extend({
  from: instant,
  to: instant,
  opening: sums,
  closing: sums,
  items: z.array(movement),
  next: z.string().nullable(),
})

export type Sums = z.infer<typeof sums>
export type Balance = z.infer<typeof balance>
export type Movement = z.infer<typeof movement>
export type Statement = z.infer<typeof statement>
