/**
 * Writes one batch of a book, fenced: three round trips whatever its size, one UPDATE an account
 * however many legs touch it. Journals and legs go in by COPY, the quickest way the database has.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { PlacedFreeze } from '@tillproof/shared/ledger/freeze.ts'
import type { BatchHeader, Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { copyRow } from '../../platform/db/copy-row.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from './account.ts'
import type { NamedTally } from './book.ts'
import { writeFreezes } from './freezes.ts'
import { writePendings } from './open-pendings.ts'
import type { Pending } from './pending.ts'
import { writeTallies } from './tallies.ts'

export type BatchWrite = {
  header: BatchHeader
  hash: Uint8Array
  epoch: bigint
  leaseMs: number
  journals: readonly Journal[]
  /** Accounts that did not exist before the batch, as they are after it. */
  opened: readonly Account[]
  /** What the batch adds to each account that existed. */
  added: readonly Account[]
  /** The accounts of the journals' legs, in order. */
  accountIds: readonly bigint[]
  /** What splits read of the book, by journal. */
  excerpts: { seq: bigint; excerpt: string }[]
  /** What agreements remember afterwards, where the batch changed it. */
  tallies: readonly NamedTally[]
  /** Pending transfers that it opened, and null for those it closed. */
  pendings: ReadonlyMap<string, Pending | null>
  /** Orders to freeze that begin or end with it. */
  freezes: readonly PlacedFreeze[]
}

/** What a batch puts into tables by COPY, as the database reads it. */
export type BatchRows = { journals: Uint8Array; legs: Uint8Array; excerpts: Uint8Array }

/** Made before the transaction, which then waits for nothing but the database. */
export function rowsOf(write: BatchWrite): BatchRows {
  const journals = utf8(journalRows(write))
  return { journals, legs: utf8(legRows(write)), excerpts: utf8(excerptRows(write)) }
}

/** False when another writer has the book now: then the transaction must not go on. */
export async function writeBatch(tx: Tx, write: BatchWrite, rows: BatchRows): Promise<boolean> {
  const [row] = await tx.query<{ fenced: bigint; touched: bigint }>(MOVE_BOOK, [
    ...headerValues(write),
    ...openedValues(write.opened),
    ...addedValues(write.added),
    ...limitValues(write.opened),
    ...limitValues(write.added),
  ])
  if (row?.fenced !== 1n || row.touched !== BigInt(write.added.length)) return false
  await tx.copy(COPY_JOURNALS, rows.journals)
  await tx.copy(COPY_LEGS, rows.legs)
  if (write.excerpts.length > 0) await tx.copy(COPY_EXCERPTS, rows.excerpts)
  await writeTallies(tx, write.header.operatorId, write.tallies)
  await writePendings(tx, write.header.operatorId, write.pendings)
  await writeFreezes(tx, write.header.operatorId, write.freezes)
  return true
}

const MOVE_BOOK = `
with fence as (
  update books
     set journals = journals + $4, accounts = accounts + cardinality($11::int8[]),
         batches = $3, head_hash = $7,
         lease_until = clock_timestamp() + $9 * interval '1 millisecond'
   where operator_id = $1 and writer_epoch = $2 and batches = $3 - 1 and head_hash = $6
   returning operator_id
), batch as (
  insert into posting_batches
    (operator_id, seq, first_journal, journals, root, previous, hash, booked_at)
  select operator_id, $3, $5, $4, $8, $6, $7, $10 from fence
), opened as (
  insert into accounts (operator_id, account_id, path, currency, rule, device_id, party_id,
    debits_posted, credits_posted, debits_pending, credits_pending, limit_rule, most_minor,
    opened_at)
  select fence.operator_id, o.*, $10 from fence,
    unnest($11::int8[], $12::text[], $13::text[], $14::text[], $15::text[], $16::uuid[],
      $17::int8[], $18::int8[], $19::int8[], $20::int8[], $26::text[], $27::int8[]) o
), touched as (
  update accounts a
     set debits_posted = a.debits_posted + t.dpo, credits_posted = a.credits_posted + t.cpo,
         debits_pending = a.debits_pending + t.dpe, credits_pending = a.credits_pending + t.cpe,
         limit_rule = t.rule, most_minor = t.most
    from fence,
      unnest($21::int8[], $22::int8[], $23::int8[], $24::int8[], $25::int8[], $28::text[],
        $29::int8[]) t (account_id, dpo, cpo, dpe, cpe, rule, most)
   where a.operator_id = fence.operator_id and a.account_id = t.account_id
   returning a.account_id
)
select (select count(*) from fence) as fenced, (select count(*) from touched) as touched`

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
  new Date(header.bookedAtMs),
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

const limitValues = (accounts: readonly Account[]): unknown[] => [
  accounts.map(({ limit }) => limit.rule),
  accounts.map(({ limit }) => limit.mostMinor),
]

const COPY_JOURNALS = `
copy journals (operator_id, seq, batch_seq, business_id, payload_hash, kind, device_id, source_at,
  booked_at, agreement_id, agreement_version, salt) from stdin`

function journalRows({ header, journals }: BatchWrite): string {
  const bookedAt = new Date(header.bookedAtMs).toISOString()
  const rows = journals.map(journal =>
    copyRow([
      header.operatorId,
      journal.seq,
      header.seq,
      journal.businessId,
      journal.payloadHash,
      journal.kind,
      journal.deviceId,
      new Date(journal.sourceAtMs),
      bookedAt,
      journal.agreement?.id ?? null,
      journal.agreement?.version ?? null,
      journal.salt,
    ]),
  )
  return rows.join('')
}

const COPY_EXCERPTS = 'copy split_excerpts (operator_id, journal_seq, excerpt) from stdin'

const excerptRows = ({ header, excerpts }: BatchWrite): string =>
  excerpts.map(({ seq, excerpt }) => copyRow([header.operatorId, seq, excerpt])).join('')

const COPY_LEGS = `
copy legs (operator_id, device_id, journal_seq, leg_no, account_id, currency, side, phase,
  amount_minor) from stdin`

function legRows({ header, journals, accountIds }: BatchWrite): string {
  const rows: string[] = []
  for (const { seq, deviceId, legs } of journals) {
    for (const [at, { currency, side, phase, amountMinor }] of legs.entries()) {
      const account = accountIds[rows.length] ?? 0n
      rows.push(
        copyRow([
          header.operatorId,
          deviceId,
          seq,
          at + 1,
          account,
          currency,
          side,
          phase,
          amountMinor,
        ]),
      )
    }
  }
  return rows.join('')
}
