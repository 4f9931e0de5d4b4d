/**
 * What a supplier gets for an item of his when it is sold: consignment. Each item has its price in
 * the list; for others nothing is asked, or the sale waits until the list is complete.
 */
import { z } from 'zod'
import type { Ask, Asking } from './asking.ts'
import { agreedAccount, item, minor, termName } from './fields.ts'

export const goods = z.strictObject({
  kind: z.literal('goods'),
  name: termName,
  account: agreedAccount,
  prices: z
    .array(z.strictObject({ item, costMinor: minor }))
    .min(1)
    .max(1000),
  /** `own`: an item that is not listed is none of this supplier's. `refuse`: it must be listed. */
  unlisted: z.enum(['own', 'refuse']),
})
export type Goods = z.infer<typeof goods>

export function askGoods(term: Goods, asking: Asking): Ask {
  const found = term.prices.find(each => each.item === asking.item)
  if (found !== undefined) return BigInt(found.costMinor)
  return term.unlisted === 'own' ? 0n : { refused: 'item-without-price' }
}
