/** Orders that keep a party's share from it, and their release. */
import { z } from 'zod'
import { currency, id, instant, money } from './fields.ts'

const reference = z.string().min(1).max(200)

export const newFreezeOrder = z.object({
  bookId: id,
  partyId: id,
  /** Of a court; or of the platform, where a party's conduct is a risk to the others. */
  cause: z.enum(['court', 'risk']),
  /** What the paper is known by: court, number, date. */
  document: reference,
  /** The most that it keeps; left out for all that comes, in every currency. */
  limit: z.object({ amountMinor: z.string().regex(/^[1-9]\d{0,17}$/), currency }).optional(),
  /** Now unless told. */
  from: instant.optional(),
  until: instant.optional(),
})
export const freezeRelease = z.object({ document: reference })

/**
 * `recorded`: until the book's next journal, or its own time · `in-force` · `ended`: what it kept
 * is about to be released · `released`.
 */
export const freezeState = z.enum(['recorded', 'in-force', 'ended', 'released'])
export const freezeOrder = z.object({
  id,
  bookId: id,
  partyId: id,
  cause: z.enum(['court', 'risk']),
  document: z.string(),
  limit: money.nullable(),
  from: instant,
  until: instant.nullable(),
  orderedAt: instant,
  releasedAt: instant.nullable(),
  releaseDocument: z.string().nullable(),
  state: freezeState,
  /** Journals from the first and before the second are under it; null while there are none. */
  fromSeq: z.string().nullable(),
  untilSeq: z.string().nullable(),
  /** Blinds its leaf in the log, hex: docs/wire/posting-batch.md. */
  salt: z.string(),
  /** What is blocked of the party in this book now, by all its orders. */
  blocked: z.array(money),
})

export type NewFreezeOrder = z.infer<typeof newFreezeOrder>
export type FreezeOrderView = z.infer<typeof freezeOrder>
