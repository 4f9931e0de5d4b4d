/** What a machine took in a period, by evidence grade, and the sums that have to agree with it. */
import { z } from 'zod'
import { amountMinor, currency, deviceId, instant, money } from './fields.ts'
import { evidenceGrade } from './money.ts'

/** From the first instant to before the last, by the time at which a sale was opened. */
export const period = z.object({ from: instant, to: instant })

export const takings = z.object({
  deviceId,
  from: instant,
  to: instant,
  /** Succeeded sales; each counts once, in the best grade that it has reached. */
  grades: z.array(
    z.object({ grade: evidenceGrade, sales: z.number().int().min(0), amount: money }),
  ),
  /** Of windows between two readings of a witness that end in the period. */
  meters: z.array(
    z.object({
      meter: z.string(),
      /** How far it rose, and the sales told meanwhile. */
      rise: z.number().int().min(0),
      sales: z.number().int().min(0),
      /** Pieces that the meter counted and no sale tells of. */
      unsold: z.number().int().min(0),
      /** Sales told that the meter did not count. */
      phantom: z.number().int().min(0),
      /** How often the meter began anew. */
      epochs: z.number().int().min(0),
    }),
  ),
  money: z.array(
    z.object({
      currency,
      soldMinor: amountMinor,
      /** Matched with the payment company's signed word. */
      paidMinor: amountMinor,
      /** Shown by a line of its bill, or by a count of the cash box. */
      settledMinor: amountMinor,
      /** Paid with coins and notes, as the machine tells. */
      cashToldMinor: amountMinor,
      /** Neither paid nor told as cash. */
      openMinor: amountMinor,
    }),
  ),
  /** What these sales brought to each account, less what was refunded of them. */
  shares: z.array(
    z.object({
      account: z.string(),
      currency,
      /** Owed to it; below nothing where a refund came after it was settled. */
      pendingMinor: amountMinor,
      /** Settled: by now on the account that its owner may draw on. */
      availableMinor: amountMinor,
    }),
  ),
})

export type Takings = z.infer<typeof takings>
