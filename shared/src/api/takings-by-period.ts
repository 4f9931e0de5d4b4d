/** What machines took, day by day, week by week or month by month, and who has what share of it. */
import { z } from 'zod'
import { amountMinor, currency, deviceId, id, instant, money } from './fields.ts'
import { evidenceGrade } from './money.ts'

export const step = z.enum(['day', 'week', 'month'])

/** Sales opened from the first instant to before the last, in periods of the given time zone. */
export const takingsAsked = z.object({
  /** One machine; all that the reader may see where none is given. */
  deviceId: deviceId.optional(),
  from: instant,
  to: instant,
  step,
  /** IANA name, such as `Asia/Shanghai`: where days, weeks (from Monday) and months begin. */
  zone: z.string().min(1).max(60),
})

export const takingsByPeriod = z.object({
  deviceId: deviceId.nullable(),
  from: instant,
  to: instant,
  step,
  zone: z.string(),
  /** Oldest first; a period without a sale is left out. `at` is its first instant. */
  periods: z.array(
    z.object({
      at: instant,
      /** Each succeeded sale counts once, in the best grade that it has reached. */
      grades: z.array(
        z.object({ grade: evidenceGrade, sales: z.number().int().min(0), amount: money }),
      ),
    }),
  ),
  /** What accounts gained by postings about these machines, of facts of that time. */
  shares: z.array(
    z.object({
      bookId: id,
      account: z.string(),
      currency,
      partyId: id.nullable(),
      /** Booked, and only held so far; less what was taken back. */
      postedMinor: amountMinor,
      pendingMinor: amountMinor,
    }),
  ),
})

export type TakingsAsked = z.infer<typeof takingsAsked>
export type TakingsByPeriod = z.infer<typeof takingsByPeriod>
