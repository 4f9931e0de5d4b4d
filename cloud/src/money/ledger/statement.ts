/** A statement of one account: opening balance, movements, closing balance. */
import type { Movement, Statement, Sums as SumsTold } from '@tillproof/shared/api/statements.ts'
import type { Tx } from '../../platform/db/db.ts'
import { NO_SUMS, type Sums } from './account.ts'
import {
  type AccountName,
  findAccount,
  type Line,
  lastJournalBefore,
  linesBefore,
  type OwnedAccount,
  type Place,
  seenSales,
  sumsBefore,
} from './statement-store.ts'

export type StatementAsked = AccountName & {
  from: Date
  to: Date
  limit: number
  /** `next` of the page before. */
  before: Place | null
}

/** undefined where the reader sees no such account. Amounts are minor units as decimal text. */
export async function statementOf(tx: Tx, asked: StatementAsked): Promise<Statement | undefined> {
  const account = await findAccount(tx, asked)
  if (account === undefined) return undefined
  const first = await lastJournalBefore(tx, account, asked.from)
  const last = await lastJournalBefore(tx, account, asked.to)
  const end = { journal: last + 1n, leg: 0 }
  const before = asked.before ?? end
  const lines = await linesBefore(tx, account, { after: first, before, limit: asked.limit })
  const told = await withBalances(tx, account, lines, before)
  return {
    ...ownedOf(account),
    from: asked.from.toISOString(),
    to: asked.to.toISOString(),
    opening: sumsTold(await sumsAt(tx, account, { journal: first + 1n, leg: 0 })),
    closing: sumsTold(await sumsAt(tx, account, end)),
    items: told,
    next: lines.length === asked.limit ? placeText(lines.at(-1)) : null,
  }
}

export const ownedOf = ({ operatorId, path, currency, partyId, deviceId }: OwnedAccount) => ({
  bookId: operatorId,
  path,
  currency,
  partyId,
  deviceId,
})

export const sumsTold = (sums: Sums): SumsTold => ({
  debitsPosted: String(sums.debitsPosted),
  creditsPosted: String(sums.creditsPosted),
  debitsPending: String(sums.debitsPending),
  creditsPending: String(sums.creditsPending),
})

/** null for no place, undefined for a text that is none. */
export function readPlace(text: string | undefined): Place | null | undefined {
  if (text === undefined) return null
  const [, journal, leg] = /^(\d{1,18})\.(\d{1,5})$/.exec(text) ?? []
  if (journal === undefined || leg === undefined || Number(leg) > MOST_LEGS) return undefined
  return { journal: BigInt(journal), leg: Number(leg) }
}

/** Legs are numbered in 16 bits. */
const MOST_LEGS = 32_767

const placeText = (line: Line | undefined): string | null =>
  line === undefined ? null : `${line.seq}.${line.leg}`

const sumsAt = async (tx: Tx, account: OwnedAccount, place: Place): Promise<Sums> =>
  (await sumsBefore(tx, account, place)) ?? NO_SUMS

/** Newest first: each line's balance is the one before it in time, moved by the line. */
async function withBalances(
  tx: Tx,
  account: OwnedAccount,
  lines: readonly Line[],
  before: Place,
): Promise<Movement[]> {
  const seen = await seenSales(tx, lines.flatMap(saleIn))
  const { creditsPosted, debitsPosted } = await sumsAt(tx, account, before)
  let balanceMinor = creditsPosted - debitsPosted
  return lines.map(line => {
    const told = movementOf(line, balanceMinor, seen)
    if (line.phase === 'posted') {
      balanceMinor -= line.side === 'credit' ? line.amountMinor : -line.amountMinor
    }
    return told
  })
}

function movementOf(line: Line, balanceMinor: bigint, seen: ReadonlySet<string>): Movement {
  const { agreementId: id, agreementVersion: version } = line
  return {
    journal: Number(line.seq),
    leg: line.leg,
    businessId: line.businessId,
    kind: line.kind,
    at: line.sourceAt.toISOString(),
    bookedAt: line.bookedAt.toISOString(),
    side: line.side,
    phase: line.phase,
    amountMinor: String(line.amountMinor),
    balanceMinor: String(balanceMinor),
    deviceId: line.deviceId,
    saleId: saleIn(line).find(sale => seen.has(sale)) ?? null,
    agreement: id === null || version === null ? null : { id, version },
  }
}

/** Business ids name the sale that they are about; postings of other things name none. */
const saleIn = ({ businessId }: Line): string[] =>
  /(?<=:)d[0-9a-z]{12}\.\d{1,9}\.\d{1,15}/.exec(businessId)?.slice() ?? []
