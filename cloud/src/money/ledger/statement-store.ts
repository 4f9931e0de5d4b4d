/**
 * SQL of statements; runs as the organisation that asks, takes no lock. History never changes, so a
 * balance in the past is today's less what was booked since.
 */
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Sums } from './account.ts'
import type { StatementLine } from './reading.ts'

export type OwnedAccount = Pick<Account, 'accountId' | 'path' | 'currency'> & {
  operatorId: string
  partyId: string | null
  deviceId: string | null
}
export type AccountName = { book: string; account: string; currency: string }

const OWNED = `a.operator_id as "operatorId", a.account_id as "accountId", a.path, a.currency,
  a.party_id as "partyId", a.device_id as "deviceId"`

export async function findAccount(tx: Tx, name: AccountName): Promise<OwnedAccount | undefined> {
  const [row] = await tx.query<OwnedAccount>(
    `select ${OWNED} from accounts a where operator_id = $1 and path = $2 and currency = $3`,
    [name.book, name.account, name.currency],
  )
  return row
}

/** The account's last journal that was booked before `at`; 0 where there is none. */
const lastBefore = (at: string): string => `coalesce((
  select l.journal_seq from legs l
    join journals j on j.operator_id = l.operator_id and j.seq = l.journal_seq
   where l.operator_id = a.operator_id and l.account_id = a.account_id and j.booked_at < ${at}
   order by l.journal_seq desc limit 1), 0)`

/** The four sums less what the legs of `later` brought. */
const LESS_LATER = ['debit', 'credit']
  .flatMap(side => [
    `a.${side}s_posted - coalesce(sum(amount_minor)
       filter (where side = '${side}' and phase = 'posted'), 0)::int8 as "${side}sPosted"`,
    `a.${side}s_pending - coalesce(sum(case phase when 'pending' then amount_minor
       when 'released' then -amount_minor end) filter (where side = '${side}'), 0)::int8
       as "${side}sPending"`,
  ])
  .join(', ')

/** Every visible account with what was booked on it before `at`. */
export async function balancesAt(tx: Tx, at: Date): Promise<(OwnedAccount & Sums)[]> {
  return tx.query<OwnedAccount & Sums>(
    `select ${OWNED}, b.* from accounts a, lateral (
       select ${LESS_LATER} from legs l
        where l.operator_id = a.operator_id and l.account_id = a.account_id
          and l.journal_seq > ${lastBefore('$1')}) b
      order by a.operator_id, a.path, a.currency`,
    [at],
  )
}

export async function lastJournalBefore(
  tx: Tx,
  { operatorId, accountId }: OwnedAccount,
  at: Date,
): Promise<bigint> {
  const [row] = await tx.query<{ seq: bigint }>(
    `select ${lastBefore('$3')} as seq from accounts a where operator_id = $1 and account_id = $2`,
    [operatorId, accountId, at],
  )
  return row?.seq ?? 0n
}

/** A place in an account's history: before this leg of this journal. */
export type Place = { journal: bigint; leg: number }

export async function sumsBefore(
  tx: Tx,
  { operatorId, accountId }: OwnedAccount,
  { journal, leg }: Place,
): Promise<Sums | undefined> {
  const [row] = await tx.query<Sums>(
    `select b.* from accounts a, lateral (
       select ${LESS_LATER} from legs l
        where l.operator_id = a.operator_id and l.account_id = a.account_id
          and (l.journal_seq, l.leg_no) >= ($3, $4)) b
      where a.operator_id = $1 and a.account_id = $2`,
    [operatorId, accountId, journal, leg],
  )
  return row
}

export type Line = Omit<StatementLine, 'balanceMinor'> & {
  leg: number
  kind: string
  deviceId: string | null
  agreementId: string | null
  agreementVersion: number | null
}

/** Legs after the journal `after` and before the place, newest first. */
export async function linesBefore(
  tx: Tx,
  { operatorId, accountId }: OwnedAccount,
  { after, before, limit }: { after: bigint; before: Place; limit: number },
): Promise<Line[]> {
  return tx.query<Line>(
    `select l.journal_seq as seq, l.leg_no as leg, l.side, l.phase,
            l.amount_minor as "amountMinor", j.business_id as "businessId", j.kind,
            j.source_at as "sourceAt", j.booked_at as "bookedAt", j.device_id as "deviceId",
            j.agreement_id as "agreementId", j.agreement_version as "agreementVersion"
       from legs l
       join journals j on j.operator_id = l.operator_id and j.seq = l.journal_seq
      where l.operator_id = $1 and l.account_id = $2 and l.journal_seq > $3
        and (l.journal_seq, l.leg_no) < ($4, $5)
      order by l.journal_seq desc, l.leg_no desc limit $6`,
    [operatorId, accountId, after, before.journal, before.leg, limit],
  )
}

/** Those of the sales that the reader may see. */
export async function seenSales(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>('select id from sales where id = any ($1::text[])', [
    ids,
  ])
  return new Set(rows.map(({ id }) => id))
}
