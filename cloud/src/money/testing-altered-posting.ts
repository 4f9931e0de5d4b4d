/** A hand that changes a booked posting behind the ledger, and tidies up after itself. */
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { batchHash, journalsRoot } from '@tillproof/shared/ledger/posting-batch.ts'
import pg from 'pg'
import { expect } from 'vitest'
import type { Db } from '../platform/db/db.ts'
import { readBatches, readJournals } from './ledger/reading.ts'
import type { AuditedBook } from './testing-audited-book.ts'

/**
 * A cent of a journal moves, from the payment company's fee to the operator unless told otherwise,
 * by the hand of the database's owner with all triggers off, who makes root, batch hash and the
 * book's head anew, and the leaf as well if the log has not numbered it.
 */
export async function alter(
  { database, operator }: AuditedBook,
  businessId: string,
  how: { isLogged: boolean; side?: 'credit' | 'debit'; from?: string; to?: string },
): Promise<void> {
  const owner = new pg.Client({ connectionString: database.url })
  const book = operator.organisation.id
  const { isLogged, side = 'credit', from = 'psp:sandbox:fees', to = partyShare(book) } = how
  await owner.connect()
  try {
    await owner.query("set session_replication_role = 'replica'")
    const move = (path: string, byMinor: number) =>
      owner.query(
        `update legs l set amount_minor = amount_minor + $3
           from accounts a, journals j
          where a.operator_id = l.operator_id and a.account_id = l.account_id and a.path = $2
            and j.operator_id = l.operator_id and j.seq = l.journal_seq and j.business_id = $1
            and l.side = $4`,
        [businessId, path, byMinor, side],
      )
    await move(from, -1)
    await move(to, 1)
    const { seq, root, before, after } = await rehashed(database.db, book)
    await owner.query(
      'update posting_batches set root = $3, hash = $4 where operator_id = $1 and seq = $2',
      [book, seq.toString(), root, after],
    )
    await owner.query('update books set head_hash = $2 where operator_id = $1', [book, after])
    if (isLogged) {
      await owner.query('update log_staged set body = $2 where body = $1', [before, after])
    }
  } finally {
    await owner.end()
  }
}

/** The newest batch over its journals as they are now. */
function rehashed(db: Db, book: string) {
  return db.withSystem(async tx => {
    const stored = (await readBatches(tx, book, 1n, 1000)).at(-1) ?? expect.fail('no batch')
    const root = journalsRoot(await readJournals(tx, book, stored.seq))
    return { seq: stored.seq, root, before: stored.hash, after: batchHash({ ...stored, root }) }
  })
}
