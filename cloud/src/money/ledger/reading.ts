/**
 * Reading a book: batches, journals with their legs, statements. Takes no lock that the writer
 * would wait for. What is read here is what was written, so that hashes can be taken again.
 */

import type {
  BatchHeader,
  Journal,
  JournalLeg,
  Phase,
  Side,
} from '@tillproof/shared/ledger/posting-batch.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from './account.ts'

/** What the book says of itself; `rows` counts the journals and legs that are stored. */
export type BookTotals = {
  journals: bigint
  batches: bigint
  headHash: Uint8Array
  rows: bigint
}

/** The head of a book; that of an empty one where none was opened yet. */
export async function readBookTotals(tx: Tx, operatorId: string): Promise<BookTotals> {
  const [row] = await tx.query<{ journals: bigint; batches: bigint; head: Buffer; rows: bigint }>(
    `select journals, batches, head_hash as head,
            (select count(*) from journals where operator_id = $1)
              + (select count(*) from legs where operator_id = $1) as rows
       from books where operator_id = $1`,
    [operatorId],
  )
  if (row === undefined) {
    return { journals: 0n, batches: 0n, headHash: new Uint8Array(32), rows: 0n }
  }
  const { journals, batches, rows } = row
  return { journals, batches, rows, headHash: row.head }
}

type BatchRow = {
  operator_id: string
  seq: bigint
  first_journal: bigint
  journals: number
  root: Buffer
  previous: Buffer
  hash: Buffer
  booked_at: Date
}
export type StoredBatch = BatchHeader & { hash: Uint8Array }

/** Batch headers from `seq` on, oldest first. */
export async function readBatches(
  tx: Tx,
  operatorId: string,
  seq: bigint,
  limit: number,
): Promise<StoredBatch[]> {
  const rows = await tx.query<BatchRow>(
    'select * from posting_batches where operator_id = $1 and seq >= $2 order by seq limit $3',
    [operatorId, seq, limit],
  )
  return rows.map(row => ({
    operatorId: row.operator_id,
    seq: row.seq,
    firstJournal: row.first_journal,
    journals: row.journals,
    root: row.root,
    previous: row.previous,
    hash: row.hash,
    bookedAtMs: row.booked_at.getTime(),
  }))
}

type JournalRow = {
  operator_id: string
  seq: bigint
  batch_seq: bigint
  business_id: string
  payload_hash: Buffer
  kind: string
  device_id: string | null
  source_at: Date
  booked_at: Date
  agreement_id: string | null
  agreement_version: number | null
  salt: Buffer
}
type LegRow = {
  journal_seq: bigint
  path: string
  currency: string
  side: Side
  phase: Phase
  amount_minor: bigint
}

/** The journals of one batch with their legs, in the order of the book. */
export async function readJournals(
  tx: Tx,
  operatorId: string,
  batchSeq: bigint,
): Promise<Journal[]> {
  const rows = await tx.query<JournalRow>(
    'select * from journals where operator_id = $1 and batch_seq = $2 order by seq',
    [operatorId, batchSeq],
  )
  return withLegs(tx, operatorId, rows)
}

export type BookedJournal = Journal & { batchSeq: bigint }

/** The journals of these business facts, in the order of the book. */
export async function readNamedJournals(
  tx: Tx,
  operatorId: string,
  businessIds: readonly string[],
): Promise<Journal[]> {
  const rows = await tx.query<JournalRow>(
    'select * from journals where operator_id = $1 and business_id = any ($2::text[]) order by seq',
    [operatorId, businessIds],
  )
  return withLegs(tx, operatorId, rows)
}

/** The journal of a business fact, and the batch it is in. */
export async function findJournal(
  tx: Tx,
  operatorId: string,
  businessId: string,
): Promise<BookedJournal | undefined> {
  const rows = await tx.query<JournalRow>(
    'select * from journals where operator_id = $1 and business_id = $2',
    [operatorId, businessId],
  )
  const [journal] = await withLegs(tx, operatorId, rows)
  const batchSeq = rows[0]?.batch_seq
  return journal === undefined || batchSeq === undefined ? undefined : { ...journal, batchSeq }
}

async function withLegs(
  tx: Tx,
  operatorId: string,
  rows: readonly JournalRow[],
): Promise<Journal[]> {
  const legs = await tx.query<LegRow>(
    `select l.journal_seq, a.path, l.currency, l.side, l.phase, l.amount_minor
       from legs l join accounts a using (operator_id, account_id)
      where l.operator_id = $1 and l.journal_seq = any ($2::int8[])
      order by l.journal_seq, l.leg_no`,
    [operatorId, rows.map(row => row.seq)],
  )
  const byJournal = Map.groupBy(legs, leg => leg.journal_seq)
  return rows.map(row => toJournal(row, byJournal.get(row.seq) ?? []))
}

const toJournal = (row: JournalRow, legs: readonly LegRow[]): Journal => ({
  operatorId: row.operator_id,
  seq: row.seq,
  businessId: row.business_id,
  payloadHash: row.payload_hash,
  kind: row.kind,
  deviceId: row.device_id,
  sourceAtMs: row.source_at.getTime(),
  bookedAtMs: row.booked_at.getTime(),
  agreement:
    row.agreement_id === null || row.agreement_version === null
      ? null
      : { id: row.agreement_id, version: row.agreement_version },
  salt: row.salt,
  legs: legs.map(toLeg),
})

const toLeg = (row: LegRow): JournalLeg => ({
  account: row.path,
  currency: row.currency,
  side: row.side,
  phase: row.phase,
  amountMinor: row.amount_minor,
})

export type StatementLine = {
  seq: bigint
  businessId: string
  sourceAt: Date
  bookedAt: Date
  side: Side
  phase: Phase
  amountMinor: bigint
  /** Posted credits less posted debits after this line. */
  balanceMinor: bigint
}

/** An account's lines in the order of the book, with the running balance. */
export async function readStatement(
  tx: Tx,
  operatorId: string,
  path: string,
  currency: string,
  limit: number,
): Promise<StatementLine[]> {
  return tx.query<StatementLine>(
    `select seq, "businessId", "sourceAt", "bookedAt", side, phase, "amountMinor",
            "balanceMinor"
       from (
       select l.leg_no, j.seq, j.business_id as "businessId", j.source_at as "sourceAt",
              j.booked_at as "bookedAt", l.side, l.phase, l.amount_minor as "amountMinor",
              sum(case when l.phase <> 'posted' then 0
                       when l.side = 'credit' then l.amount_minor else -l.amount_minor end)
                over (order by l.journal_seq, l.leg_no)::int8 as "balanceMinor"
         from accounts a
         join legs l using (operator_id, account_id)
         join journals j on j.operator_id = l.operator_id and j.seq = l.journal_seq
        where a.operator_id = $1 and a.path = $2 and a.currency = $3
        order by l.journal_seq desc, l.leg_no desc limit $4
     ) newest order by seq, leg_no`,
    [operatorId, path, currency, limit],
  )
}

export type VisibleAccount = Omit<Account, 'limit'> & { operatorId: string }

/** Accounts of all books that the organisation of this transaction may see. */
export async function visibleAccounts(tx: Tx): Promise<VisibleAccount[]> {
  return tx.query<VisibleAccount>(
    `select operator_id as "operatorId", account_id as "accountId", path, currency, rule,
            device_id as "deviceId", party_id as "partyId", debits_posted as "debitsPosted",
            credits_posted as "creditsPosted", debits_pending as "debitsPending",
            credits_pending as "creditsPending"
       from accounts order by operator_id, path, currency`,
  )
}

/** Whose sale it is, if this transaction may see it. */
export async function findOperator(tx: Tx, saleId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ operator_id: string }>(
    'select operator_id from sales where id = $1',
    [saleId],
  )
  return row?.operator_id
}
