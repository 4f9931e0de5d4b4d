/** Sales of the past that a draft is tried on: those matched with their payment, by their time. */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { Tx } from '../../platform/db/db.ts'
import { MATCHED_SALE, type MatchedSale } from '../ledger/matched.ts'

/** More would take the API's process away from others. */
export const MOST_PREVIEWED = 20_000

/** @returns one more than are looked at, where there are more */
export async function pastSales(
  tx: Tx,
  { bookId, deviceIds, currency }: AgreementTerms,
  from: Date,
  until: Date,
): Promise<MatchedSale[]> {
  return tx.query<MatchedSale>(
    `select * from (${MATCHED_SALE}
       where m.operator_id = $1 and m.device_id = any ($2::text[]) and p.currency = $3) sale
      where at >= $4 and at < $5 order by at, "saleId" limit $6`,
    [bookId, deviceIds, currency, from, until, MOST_PREVIEWED + 1],
  )
}
