/**
 * Settlement of a book: lines of bills whose sales are booked become one journal for each channel
 * and day, planned and saved before the book's writer hears of it, so that whatever is cut off is
 * gone on with under the same name. What comes later is settled by a further journal of the day.
 */
import {
  channelReceivable,
  owed,
  settledAccount,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import {
  businessIdOfSettlement,
  SETTLEMENT,
  settlementHash,
  settlementLegs,
} from '@tillproof/shared/ledger/settlement.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { openItem } from '../attest/open-items.ts'
import type { DraftState } from '../ledger/book.ts'
import type { PostingSource } from '../ledger/draft-batch.ts'
import type { BookWriters } from '../ledger/writers.ts'
import { type BalanceOf, balanceIn, spread } from '../refunds/owed.ts'
import { isFeeOff } from './line.ts'
import * as store from './store.ts'

export type SettleDeps = { db: Db; writers: BookWriters }

/** Lines of one journal, and accounts that it touches: each of them is two legs. */
const MOST_LINES = 4_000
const MOST_ACCOUNTS = 4_000

/** Settles all that can be settled in one book; stops when another process holds it. */
export async function settleBook(deps: SettleDeps, operatorId: string): Promise<void> {
  for (;;) {
    if (!(await postPlanned(deps, operatorId))) return
    const isMore = await deps.db.withSystem(tx => planNext(tx, operatorId))
    if (!isMore) return
  }
}

/** Saves the next plans; false when there is nothing to settle. */
async function planNext(tx: Tx, operatorId: string): Promise<boolean> {
  await store.lockSettling(tx, operatorId)
  const lines = await store.settleable(tx, operatorId, MOST_LINES)
  const days = Map.groupBy(lines, line => `${line.channel} ${line.day} ${line.currency}`)
  for (const own of days.values()) await planDay(tx, operatorId, own)
  return lines.length > 0
}

/** One journal, or more where one would touch too many accounts. */
async function planDay(
  tx: Tx,
  operatorId: string,
  lines: readonly store.Settleable[],
): Promise<void> {
  const [first] = lines
  if (first === undefined) return
  const { channel, day, currency } = first
  const sources = lines.map(line => line.journal).toSorted((one, other) => (one < other ? -1 : 1))
  const credited = await store.creditedBy(tx, operatorId, { currency, sources })
  if (credited.length > MOST_ACCOUNTS && lines.length > 1) {
    const half = Math.ceil(lines.length / 2)
    await planDay(tx, operatorId, lines.slice(0, half))
    return planDay(tx, operatorId, lines.slice(half))
  }
  const sumOf = (of: (line: store.Settleable) => bigint) =>
    lines.reduce((sum, line) => sum + of(line), 0n)
  const counted = (line: store.Settleable) => (line.feeMinor === null ? 0n : line.amountMinor)
  const plan = {
    ...{ operatorId, channel, day, currency, sources },
    grossMinor: sumOf(counted),
    feeMinor: sumOf(line => line.feeMinor ?? 0n),
    at: new Date(Math.max(...lines.map(line => line.at.getTime()))),
  }
  await store.insertPlan(tx, plan, lines)
  for (const line of lines) await noteFee(tx, operatorId, line)
}

/** Booked all the same: the operator bears it, and looks at it. */
async function noteFee(tx: Tx, operatorId: string, line: store.Settleable): Promise<void> {
  const { amountMinor, feeMinor: keptMinor, estimatedMinor, isSuspended } = line
  // Of a deposit the company keeps a fee of what goes back as well, and gives it back later.
  const isWhole = line.takenMinor === amountMinor
  if (keptMinor === null || isSuspended || !isWhole) return
  if (!isFeeOff(amountMinor, { keptMinor, estimatedMinor })) return
  const { deviceId, orderId, currency } = line
  const reason = 'settlement-fee-differs' as const
  const off = keptMinor - estimatedMinor
  await openItem(tx, { operatorId, reason, deviceId, orderId, amountMinor: off, currency })
}

/** False when another process holds the book. */
async function postPlanned({ db, writers }: SettleDeps, operatorId: string): Promise<boolean> {
  for (;;) {
    const plans = await db.withSystem(tx => store.plannedSettlements(tx, operatorId))
    if (plans.length === 0) return true
    const planned = await db.withSystem(async tx => {
      const drafts: { plan: store.SettlementRow; source: PostingSource | null }[] = []
      for (const plan of plans) drafts.push({ plan, source: await sourceOf(tx, plan) })
      return drafts
    })
    const sources = planned.flatMap(({ source }) => source ?? [])
    const posted = await writers.post(operatorId, sources)
    if (!('ok' in posted)) return false
    const results = new Map(posted.results.map(each => [each.businessId, each]))
    await db.withSystem(
      async tx => {
        for (const { plan, source } of planned) {
          const result = results.get(source?.businessId ?? '')
          const isBooked = source === null || /^(posted|exists)$/.test(result?.outcome ?? '')
          const refused = { refused: result?.outcome ?? 'not told' }
          await store.setPosted(tx, plan, isBooked ? { seq: result?.seq ?? null } : refused)
          if (!isBooked) await openItem(tx, refusedItem(plan))
        }
      },
      { idempotent: true },
    )
  }
}

const refusedItem = ({ operatorId, grossMinor, currency }: store.SettlementRow) => {
  const reason = 'posting-refused' as const
  return { operatorId, reason, deviceId: null, amountMinor: grossMinor, currency }
}

/** Its journals never change, so neither does what is made of them; null where nothing is left. */
async function sourceOf(tx: Tx, plan: store.SettlementRow): Promise<PostingSource | null> {
  const { operatorId, currency, at } = plan
  const rows = await store.creditedBy(tx, operatorId, plan)
  const credited = new Map(rows.map(({ path, minor }) => [path, minor]))
  const legs = settlementLegs({ ...plan, credited })
  if (legs.length === 0) return null
  const partyOf = new Map(
    rows.flatMap(({ path, partyId }): [string, string][] => {
      const settled = settledAccount(path)
      return settled === undefined || partyId === null ? [] : [[settled, partyId]]
    }),
  )
  const receivable = channelReceivable(plan.channel)
  const draft = (state: DraftState) => ({
    kind: SETTLEMENT,
    deviceId: null,
    sourceAtMs: at.getTime(),
    agreement: null,
    legs: legs
      .flatMap(leg => (leg.account === receivable ? ofCompany(leg, balanceIn(state)) : [leg]))
      .map(leg => ({ ...leg, currency, phase: 'posted' as const })),
    partyOf,
  })
  return {
    businessId: businessIdOfSettlement(plan),
    payloadHash: settlementHash(plan),
    currency,
    draft,
  }
}

/**
 * Where refunds were netted before their bill, the company is owed the rest of what it pays out
 * until that comes; what it takes back is first what it is owed.
 */
function ofCompany(leg: Leg, balanceOf: BalanceOf): Leg[] {
  if (leg.side === 'credit') return spread([leg], balanceOf)
  const isOwed = balanceOf(owed(leg.account))
  const first = isOwed > leg.amountMinor ? leg.amountMinor : isOwed > 0n ? isOwed : 0n
  return [
    { ...leg, account: owed(leg.account), amountMinor: first },
    { ...leg, amountMinor: leg.amountMinor - first },
  ].filter(each => each.amountMinor > 0n)
}
