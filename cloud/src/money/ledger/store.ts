/** The SQL of a book's writer before it writes: taking the book, and what it already holds. */

import type { Tx } from '../../platform/db/db.ts'
import type { Account, AccountRule } from './account.ts'

export type BookHead = {
  writerEpoch: bigint
  journals: bigint
  accounts: bigint
  batches: bigint
  headHash: Uint8Array
}
type BookRow = {
  writer_epoch: bigint
  journals: bigint
  accounts: bigint
  batches: bigint
  head_hash: Buffer
}

/** Takes the book for `writer`, raising its epoch; undefined while another's lease runs. */
export async function claimBook(
  tx: Tx,
  operatorId: string,
  writer: string,
  leaseMs: number,
): Promise<BookHead | undefined> {
  await tx.query('insert into books (operator_id) values ($1) on conflict do nothing', [operatorId])
  const [row] = await tx.query<BookRow>(
    `update books
        set writer = $2, writer_epoch = writer_epoch + 1,
            lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      where operator_id = $1 and (writer = $2 or lease_until < clock_timestamp())
      returning writer_epoch, journals, accounts, batches, head_hash`,
    [operatorId, writer, leaseMs],
  )
  return row && toHead(row)
}

/** Ends the lease, so that another process need not wait for it. */
export async function releaseBook(tx: Tx, operatorId: string, epoch: bigint): Promise<void> {
  await tx.query(
    `update books set lease_until = clock_timestamp()
      where operator_id = $1 and writer_epoch = $2`,
    [operatorId, epoch],
  )
}

/** Whether nobody has taken the book over since this epoch. */
export async function isHeldAt(tx: Tx, operatorId: string, epoch: bigint): Promise<boolean> {
  const rows = await tx.query('select from books where operator_id = $1 and writer_epoch = $2', [
    operatorId,
    epoch,
  ])
  return rows.length > 0
}

type AccountRow = {
  account_id: bigint
  path: string
  currency: string
  rule: AccountRule
  limit_rule: AccountRule
  most_minor: bigint | null
  device_id: string | null
  party_id: string | null
  debits_posted: bigint
  credits_posted: bigint
  debits_pending: bigint
  credits_pending: bigint
}

/** The accounts of a book that this transaction may see, by path. */
export async function readAccounts(tx: Tx, operatorId: string): Promise<Account[]> {
  const rows = await tx.query<AccountRow>(
    'select * from accounts where operator_id = $1 order by path, currency',
    [operatorId],
  )
  return rows.map(toAccount)
}

export type Booked = { businessId: string; seq: bigint; payloadHash: Uint8Array }

/** Which of these business ids are booked already. */
export async function findBooked(
  tx: Tx,
  operatorId: string,
  businessIds: readonly string[],
): Promise<Booked[]> {
  const rows = await tx.query<{ business_id: string; seq: bigint; payload_hash: Buffer }>(
    `select business_id, seq, payload_hash from journals
      where operator_id = $1 and business_id = any ($2::text[])`,
    [operatorId, businessIds],
  )
  return rows.map(row => ({
    businessId: row.business_id,
    seq: row.seq,
    payloadHash: row.payload_hash,
  }))
}

const toHead = (row: BookRow): BookHead => ({
  writerEpoch: row.writer_epoch,
  journals: row.journals,
  accounts: row.accounts,
  batches: row.batches,
  headHash: row.head_hash,
})

const toAccount = (row: AccountRow): Account => ({
  accountId: row.account_id,
  path: row.path,
  currency: row.currency,
  rule: row.rule,
  limit: { rule: row.limit_rule, mostMinor: row.most_minor },
  deviceId: row.device_id,
  partyId: row.party_id,
  debitsPosted: row.debits_posted,
  creditsPosted: row.credits_posted,
  debitsPending: row.debits_pending,
  creditsPending: row.credits_pending,
})
