/** Reads how a book has a sale: the terms that split it and what they read, or where it waits. */

import { businessIdFromSuspense, businessIdOfSale } from '@tillproof/shared/ledger/sale-facts.ts'
import type { Tx } from '../../platform/db/db.ts'
import { agreementsOf } from '../agreements/agreement.ts'
import { findVersion } from '../agreements/store.ts'
import { MATCHED_SALE, type MatchedSale } from '../ledger/matched.ts'
import { clearableOf } from '../ledger/plan.ts'
import { readNamedJournals } from '../ledger/reading.ts'
import type { BookedSale } from './posting.ts'

/** Undefined while the book has no journal of the sale. */
export async function readBookedSale(
  tx: Tx,
  operatorId: string,
  saleId: string,
): Promise<BookedSale | undefined> {
  const [matched] = await tx.query<MatchedSale>(
    `${MATCHED_SALE} where m.operator_id = $1 and s.id = $2`,
    [operatorId, saleId],
  )
  const names = [businessIdOfSale(saleId), businessIdFromSuspense(saleId)]
  const journals = await readNamedJournals(tx, operatorId, names)
  const last = journals.at(-1)
  if (matched === undefined || last === undefined) return undefined
  const sale = { ...clearableOf(matched), atMs: last.sourceAtMs }
  if (last.agreement === null) {
    const waits = last.legs.find(leg => leg.account.startsWith('suspense:'))
    return waits && { sale, suspense: waits.account }
  }
  const version = await findVersion(tx, last.agreement.id, last.agreement.version)
  if (version === undefined) return undefined
  const { transfers } = await agreementsOf(tx, operatorId)
  const [row] = await tx.query<{ excerpt: string }>(
    'select excerpt from split_excerpts where operator_id = $1 and journal_seq = $2',
    [operatorId, last.seq],
  )
  return { sale, terms: version.terms, excerpt: row?.excerpt ?? null, transfers }
}

/** Credits less debits, what is held counted, of every account that a sale's split can reach. */
export async function readBalances(
  tx: Tx,
  operatorId: string,
  currency: string,
  booked: BookedSale,
): Promise<ReadonlyMap<string, bigint>> {
  if ('suspense' in booked) return new Map()
  const rows = await tx.query<{ path: string; balance: bigint }>(
    `select path, credits_posted + credits_pending - debits_posted - debits_pending as balance
       from accounts where operator_id = $1 and currency = $2 and path !~ '^(device|suspense):'`,
    [operatorId, currency],
  )
  return new Map(rows.map(({ path, balance }) => [path, balance]))
}
