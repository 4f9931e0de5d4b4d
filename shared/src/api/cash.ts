/** Cash: counts of a machine's box, and what they are held against. */
import { z } from 'zod'
import { amountMinor, deviceId, id, instant, money } from './fields.ts'

/** What somebody counted in the box of a machine. */
export const newBoxCount = z.object({
  countedAt: instant,
  amount: money.extend({ amountMinor: z.string().regex(/^(0|[1-9]\d{0,14})$/) }),
  /** Taken out of the box; else only counted, and left in it. */
  collected: z.boolean(),
  /** Who counted: one's own people, or a carrier's. */
  countedBy: z.string().min(1).max(80),
  /** SHA-256 of a photo that whoever counted keeps, hex. */
  photoSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

/** `waiting`: its sales were not looked at yet. */
export const boxCountState = z.enum(['waiting', 'agrees', 'short', 'over'])
export const boxCount = z.object({
  id,
  deviceId,
  countedAt: instant,
  amount: money,
  collected: z.boolean(),
  countedBy: z.string(),
  photoSha256: z.string().nullable(),
  statedAt: instant,
  state: boxCountState,
  /** What was left in the box, plus cash sales since, less what the tubes took; null: waiting. */
  expectedMinor: amountMinor.nullable(),
  /** Counted less expected. */
  differenceMinor: amountMinor.nullable(),
  /** Sales since the count before, and those whose money it shows. */
  sales: z.number().int().min(0),
  settledSales: z.number().int().min(0),
  /**
   * Since the count before, by the last audits before each; null where there are none. Of what the
   * machine's own counters call cash sales (CA201), what went into the box (CA306 and CA308), and
   * into the tubes (CA1501).
   */
  meters: z.object({
    soldMinor: amountMinor.nullable(),
    boxMinor: amountMinor.nullable(),
    tubesMinor: amountMinor.nullable(),
  }),
})

export type NewBoxCount = z.infer<typeof newBoxCount>
export type BoxCount = z.infer<typeof boxCount>
