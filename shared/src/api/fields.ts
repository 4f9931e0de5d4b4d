/**
 * Fields that many resources of the HTTP API share.
 * Amounts travel as decimal strings of minor units, because JSON numbers are floats.
 */
import { z } from 'zod'

/** Minor units of a currency as a decimal string, for example "350" for CNY 3.50. */
export const amountMinor = z.string().regex(/^-?(0|[1-9]\d{0,17})$/)
/** ISO 4217 alphabetic code. */
export const currency = z.string().regex(/^[A-Z]{3}$/)
export const money = z.object({ amountMinor, currency })
/** UTC time as RFC 3339 text with milliseconds. */
export const instant = z.iso.datetime()
export const deviceId = z.string().regex(/^d[0-9a-z]{12}$/)
/** `<device id>.<epoch>.<index of the event that opened the sale>` */
export const saleId = z.string().regex(/^d[0-9a-z]{12}\.\d{1,9}\.\d{1,15}$/)
export const id = z.uuid()
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.string().max(64).optional(),
})
/** A page of a list; `next` is the `before` of the following page, null on the last one. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() })
/** Every refusal has this body: what went wrong, and what to do next. */
export const problem = z.object({
  code: z.string(),
  title: z.string(),
  next: z.string(),
  detail: z.unknown().optional(),
})

export type Money = z.infer<typeof money>
export type Problem = z.infer<typeof problem>
