/**
 * What splits read of the book, computed again from the journals before them and compared with what
 * was kept: a wrong excerpt would split a refund wrongly.
 */
import { excerptOf } from '@tillproof/shared/agreement/excerpt.ts'
import { tallyKey } from '@tillproof/shared/agreement/state.ts'
import type { BatchHeader, Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import type { Tx } from '../../platform/db/db.ts'
import { accountKey, NO_SUMS, type Sums } from './account.ts'
import { type TallyWalk, termsOf } from './check-tallies.ts'

/** By the position of their journal. */
export async function readExcerpts(
  tx: Tx,
  { operatorId, firstJournal, journals }: BatchHeader,
): Promise<ReadonlyMap<bigint, string>> {
  const rows = await tx.query<{ seq: bigint; excerpt: string }>(
    `select journal_seq as seq, excerpt from split_excerpts
      where operator_id = $1 and journal_seq >= $2 and journal_seq < $3`,
    [operatorId, firstJournal, firstJournal + BigInt(journals)],
  )
  return new Map(rows.map(({ seq, excerpt }) => [seq, excerpt]))
}

const SPLITS = new Set(['sale', 'sale-from-suspense'])

/**
 * A sentence where it is not what the journals before make of it.
 * @param sums of all accounts before the journal, by `accountKey`
 */
export function excerptFault(
  memory: TallyWalk,
  sums: ReadonlyMap<string, Sums>,
  journal: Journal,
  kept: string | undefined,
): string | undefined {
  const terms = SPLITS.has(journal.kind) ? termsOf(memory, journal) : undefined
  const sumsOf = (path: string) => sums.get(accountKey(path, terms?.currency ?? '')) ?? NO_SUMS
  const made =
    terms &&
    excerptOf(terms, {
      creditedMinor: path => sumsOf(path).creditsPosted + sumsOf(path).creditsPending,
      debitedMinor: path => sumsOf(path).debitsPosted + sumsOf(path).debitsPending,
      tally: (agreementId, account) => memory.tallies.get(tallyKey(agreementId, account)),
    })
  if ((made ?? undefined) === kept) return undefined
  return `journal ${journal.seq}: kept is ${kept ?? 'nothing'}, read was ${made ?? 'nothing'}`
}
