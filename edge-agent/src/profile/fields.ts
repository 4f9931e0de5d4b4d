/** The small words that profiles are written in: names, points, decimal money, titles. */
import { z } from 'zod'

/** Ports, signals, meters and register-map points. */
export const name = z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a name like doorOpen')
export const profileName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,59}$/, 'a name like massage-chair-modbus')
/** A point of a port: `timer.runs`. */
export const pointRef = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9]{0,39}\.[a-z][a-zA-Z0-9]{0,39}$/, 'a point like timer.runs')
/** In the machine's currency. */
export const decimal = z.string().regex(/^\d{1,9}(\.\d{1,4})?$/, 'a price in quotes, like "5.00"')
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'a currency like CNY')
export const title = z.strictObject({
  en: z.string().min(1).max(80),
  'zh-CN': z.string().min(1).max(40),
})

/** What a rental sells. A voucher is honoured only for an item at exactly its price. */
export const offer = z
  .strictObject({
    item: z.string().min(1).max(40),
    /** The price, or with `unitPrice` the deposit. */
    price: decimal,
    minutes: z.number().min(0.1).max(10_080).optional(),
    units: z.number().int().min(1).max(100_000).optional(),
    /** What a unit costs; what is not used of the deposit is not owed. */
    unitPrice: decimal.optional(),
  })
  .refine(it => it.minutes !== undefined || it.units !== undefined, 'give minutes or units')
export const offers = z.array(offer).min(1).max(50)

export type Offer = z.infer<typeof offer>

/** `timer.runs` in its two halves. */
export function splitPoint(ref: string): { port: string; point: string } {
  const [port = '', point = ''] = ref.split('.')
  return { port, point }
}
