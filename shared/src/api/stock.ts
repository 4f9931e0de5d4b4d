/** Goods in a machine: what people found and filled in at a visit, and what it is held against. */
import { z } from 'zod'
import { deviceId, id, instant } from './fields.ts'

const pieces = z.number().int().min(0).max(100_000)

export const newStockVisit = z.object({
  at: instant,
  /** Who was there: one's own people, or a supplier's. */
  visitor: z.string().min(1).max(80),
  lines: z
    .array(
      z
        .object({
          /** As the machine's sales name it. */
          slot: z.string().min(1).max(40),
          /** Found before anything was filled in or taken out; left out: not counted. */
          counted: pieces.optional(),
          added: pieces.default(0),
          removed: pieces.default(0),
        })
        .refine(line => line.counted !== undefined || line.added > 0 || line.removed > 0),
    )
    .min(1)
    .max(500)
    .refine(lines => new Set(lines.map(({ slot }) => slot)).size === lines.length),
})

export const stockVisit = z.object({
  id,
  deviceId,
  at: instant,
  visitor: z.string(),
  statedAt: instant,
  /** When its sales were last looked at; null: the machine's log does not reach to it yet. */
  lookedAt: instant.nullable(),
  lines: z.array(
    z.object({
      slot: z.string(),
      counted: pieces.nullable(),
      added: pieces,
      removed: pieces,
      /** Since the slot was counted before; null where it was not. */
      check: z
        .object({
          opening: z.number().int(),
          refilled: pieces,
          removed: pieces,
          sold: pieces,
          /** Pieces missing, or too many (negative). */
          error: z.number().int(),
          /** More than there could be if nothing had been sold. */
          hasRisen: z.boolean(),
        })
        .nullable(),
    }),
  ),
})

export type NewStockVisit = z.infer<typeof newStockVisit>
export type StockVisitView = z.infer<typeof stockVisit>
