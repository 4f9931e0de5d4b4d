/**
 * The ledger's SQL. Money is decided on the primary, by one fenced writer a book; a batch is one
 * statement whatever its size, and one UPDATE an account however many legs touch it.
 */

import type { BatchHeader, Journal } from '@tillproof/shared/ledger/posting-batch.ts'
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

type AccountRow = {
  account_id: bigint
  path: string
  currency: string
  rule: AccountRule
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

export type BatchWrite = {
  header: BatchHeader
  hash: Uint8Array
  epoch: bigint
  leaseMs: number
  journals: readonly Journal[]
  /** Accounts after the batch, by key, and those that did not exist before it. */
  opened: readonly Account[]
  /** What the batch adds to each account that existed. */
  added: readonly Account[]
  accountIdOf(path: string, currency: string): bigint
}

const WRITE_BATCH = `
with fence as (
  update books
     set journals = journals + $4, accounts = accounts + cardinality($10::int8[]),
         batches = $3, head_hash = $7,
         lease_until = clock_timestamp() + $9 * interval '1 millisecond'
   where operator_id = $1 and writer_epoch = $2 and batches = $3 - 1 and head_hash = $6
   returning operator_id
), batch as (
  insert into posting_batches
    (operator_id, seq, first_journal, journals, root, previous, hash, booked_at)
  select operator_id, $3, $5, $4, $8, $6, $7, $42 from fence
), opened as (
  insert into accounts (operator_id, account_id, path, currency, rule, device_id, party_id,
    debits_posted, credits_posted, debits_pending, credits_pending, opened_at)
  select fence.operator_id, o.*, $42 from fence,
    unnest($10::int8[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[],
      $16::int8[], $17::int8[], $18::int8[], $19::int8[]) o
), touched as (
  update accounts a
     set debits_posted = a.debits_posted + t.dpo, credits_posted = a.credits_posted + t.cpo,
         debits_pending = a.debits_pending + t.dpe, credits_pending = a.credits_pending + t.cpe
    from fence,
      unnest($20::int8[], $21::int8[], $22::int8[], $23::int8[], $24::int8[])
        t (account_id, dpo, cpo, dpe, cpe)
   where a.operator_id = fence.operator_id and a.account_id = t.account_id
   returning a.account_id
), journal as (
  insert into journals (operator_id, batch_seq, booked_at, seq, business_id, payload_hash, kind,
    device_id, source_at, agreement_id, agreement_version, salt)
  select fence.operator_id, $3, $42, j.* from fence,
    unnest($25::int8[], $26::text[], $27::bytea[], $28::text[], $29::text[], $30::timestamptz[],
      $31::uuid[], $32::int4[], $33::bytea[]) j
), leg as (
  insert into legs (operator_id, journal_seq, leg_no, account_id, currency, side, phase,
    amount_minor, device_id)
  select fence.operator_id, l.* from fence,
    unnest($34::int8[], $35::int2[], $36::int8[], $37::text[], $38::text[], $39::text[],
      $40::int8[], $41::text[]) l
)
select (select count(*) from fence) as fenced, (select count(*) from touched) as touched`

/** Writes the batch in one round trip; false when another writer has the book now. */
export async function writeBatch(tx: Tx, write: BatchWrite): Promise<boolean> {
  const [row] = await tx.query<{ fenced: bigint; touched: bigint }>(WRITE_BATCH, [
    ...headerValues(write),
    ...openedValues(write.opened),
    ...addedValues(write.added),
    ...journalValues(write.journals),
    ...legValues(write),
    new Date(write.header.bookedAtMs),
  ])
  return row?.fenced === 1n && row.touched === BigInt(write.added.length)
}

const headerValues = ({ header, hash, epoch, leaseMs }: BatchWrite): unknown[] => [
  header.operatorId,
  epoch,
  header.seq,
  header.journals,
  header.firstJournal,
  header.previous,
  hash,
  header.root,
  leaseMs,
]

const openedValues = (opened: readonly Account[]): unknown[] => [
  opened.map(account => account.accountId),
  opened.map(account => account.path),
  opened.map(account => account.currency),
  opened.map(account => account.rule),
  opened.map(account => account.deviceId),
  opened.map(account => account.partyId),
  opened.map(account => account.debitsPosted),
  opened.map(account => account.creditsPosted),
  opened.map(account => account.debitsPending),
  opened.map(account => account.creditsPending),
]

const addedValues = (added: readonly Account[]): unknown[] => [
  added.map(account => account.accountId),
  added.map(account => account.debitsPosted),
  added.map(account => account.creditsPosted),
  added.map(account => account.debitsPending),
  added.map(account => account.creditsPending),
]

const journalValues = (journals: readonly Journal[]): unknown[] => [
  journals.map(journal => journal.seq),
  journals.map(journal => journal.businessId),
  journals.map(journal => Buffer.from(journal.payloadHash)),
  journals.map(journal => journal.kind),
  journals.map(journal => journal.deviceId),
  journals.map(journal => new Date(journal.sourceAtMs)),
  journals.map(journal => journal.agreement?.id ?? null),
  journals.map(journal => journal.agreement?.version ?? null),
  journals.map(journal => Buffer.from(journal.salt)),
]

function legValues({ journals, accountIdOf }: BatchWrite): unknown[] {
  const legs = journals.flatMap(journal =>
    journal.legs.map((leg, at) => ({ ...leg, journal, legNo: at + 1 })),
  )
  return [
    legs.map(leg => leg.journal.seq),
    legs.map(leg => leg.legNo),
    legs.map(leg => accountIdOf(leg.account, leg.currency)),
    legs.map(leg => leg.currency),
    legs.map(leg => leg.side),
    legs.map(leg => leg.phase),
    legs.map(leg => leg.amountMinor),
    legs.map(leg => leg.journal.deviceId),
  ]
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
  deviceId: row.device_id,
  partyId: row.party_id,
  debitsPosted: row.debits_posted,
  creditsPosted: row.credits_posted,
  debitsPending: row.debits_pending,
  creditsPending: row.credits_pending,
})
