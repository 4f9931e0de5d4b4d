/**
 * Limits that people set on single accounts. The writer reads the newest with each batch, applies
 * one as soon as the account's balance keeps it, and holds each later journal to it.
 */
import type { Tx } from '../../platform/db/db.ts'
import {
  type Account,
  type AccountLimit,
  type AccountRule,
  accountKey,
  keepsRule,
} from './account.ts'
import type { Book, BookChange } from './book.ts'

type Row = { path: string; currency: string; rule: AccountRule; mostMinor: bigint | null }

/** The newest of each account, by `accountKey`. */
export async function readLimits(tx: Tx, operatorId: string): Promise<Map<string, AccountLimit>> {
  const rows = await tx.query<Row>(
    `select distinct on (path, currency) path, currency, rule, most_minor as "mostMinor"
       from account_limits where operator_id = $1 order by path, currency, id desc`,
    [operatorId],
  )
  return new Map(
    rows.map(({ path, currency, ...limit }) => [accountKey(path, currency), limit] as const),
  )
}

/** What a batch begins with: accounts whose limit is another now, and limits of those to come. */
export function limited(
  { accounts }: Book,
  limits: ReadonlyMap<string, AccountLimit>,
): Pick<BookChange, 'touched' | 'limits'> {
  const touched = new Map<string, Account>()
  for (const [key, limit] of limits) {
    const account = accounts.get(key)
    if (account === undefined || isSame(account.limit, limit)) continue
    const after = { ...account, limit }
    if (keepsRule(after)) touched.set(key, after)
  }
  return { touched, limits }
}

const isSame = (one: AccountLimit, other: AccountLimit): boolean =>
  one.rule === other.rule && one.mostMinor === other.mostMinor

type NewLimit = Row & { note: string; userId: string }

/** In the asking organisation's own book. */
export async function insertLimit(tx: Tx, limit: NewLimit): Promise<void> {
  await tx.query(
    `insert into account_limits (operator_id, path, currency, rule, most_minor, note, set_by)
     values (current_org(), $1, $2, $3, $4, $5, $6)`,
    [limit.path, limit.currency, limit.rule, limit.mostMinor, limit.note, limit.userId],
  )
}

export type SetLimit = Row & {
  bookId: string
  note: string
  setAt: Date
  state: 'applied' | 'waiting'
}

/** The newest of each account, as the asking organisation may see them. */
export async function listLimits(tx: Tx): Promise<SetLimit[]> {
  return tx.query<SetLimit>(
    `select l.operator_id as "bookId", l.path, l.currency, l.rule, l.most_minor as "mostMinor",
            l.note, l.set_at as "setAt",
            case when a.limit_rule = l.rule and a.most_minor is not distinct from l.most_minor
              then 'applied' else 'waiting' end as state
       from (select distinct on (operator_id, path, currency) * from account_limits
              order by operator_id, path, currency, id desc) l
       left join accounts a using (operator_id, path, currency)
      order by l.operator_id, l.path, l.currency`,
  )
}
