/** What payment companies' bills have settled, and how the bills came. */
import { z } from 'zod'
import { amountMinor, currency, id, instant } from './fields.ts'

/** One journal's worth of a bill: a day has more than one when sales came after it. */
export const settlement = z.object({
  bookId: id,
  channel: z.string(),
  /** As the company names its bills: `2026-11-21`. */
  day: z.string(),
  number: z.number().int().min(0),
  currency,
  /** Payments and refunds. */
  lines: z.number().int().min(0),
  /** What customers paid, less what went back to them. */
  grossMinor: amountMinor,
  /** What the company kept, and what it paid out or will. */
  feeMinor: amountMinor,
  paidOutMinor: amountMinor,
  /** `planned`: not in the book yet; `refused`: an open item says so. */
  state: z.enum(['planned', 'posted', 'refused']),
  plannedAt: instant,
  postedAt: instant.nullable(),
  /** Null where nothing was left to book. */
  journalId: z.string().nullable(),
})

/** For the platform: one bill of a company, which is of all its operators. */
export const channelBill = z.object({
  channel: z.string(),
  day: z.string(),
  kind: z.enum(['trades', 'funds']),
  state: z.enum(['waiting', 'none', 'stored', 'malformed']),
  /** SHA-256 of the bill as it came, hex. */
  sha256: z.string().nullable(),
  /** Why it is not here, or cannot be read. */
  detail: z.string().nullable(),
  askedAt: instant.nullable(),
  readAt: instant.nullable(),
  /** Lines of orders that nobody here placed. */
  strays: z.array(
    z.object({
      line: z.number().int(),
      orderId: z.string(),
      transactionId: z.string(),
      amountMinor,
      currency,
    }),
  ),
})

export type Settlement = z.infer<typeof settlement>
export type ChannelBill = z.infer<typeof channelBill>
