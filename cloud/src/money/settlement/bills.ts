/**
 * Payment companies' bills: noted when they can be asked for, fetched, stored as they came, and
 * only then taken over line by line, whole or not at all. Each step may be done twice or cut off.
 */
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import { billsReady, DAY_MS } from '../payments/bill-calendar.ts'
import type { ChannelBills, FundLine, TradeLine } from '../payments/channel.ts'
import { type PaymentsDeps, receiveMessage } from '../payments/payments.ts'
import * as store from './bill-store.ts'
import { judgeLine, lineKey, movedAs, movements, signedAmount } from './line.ts'
import { mendLines, openDifferences, ordersUntold } from './mend.ts'

export type BillsDeps = PaymentsDeps & { log: Log }

/** Companies keep their bills for three months. */
const OLDEST_MS = 90 * DAY_MS
const MOST_NOTED = 20_000
const LINES_AT_ONCE = 1_000

/** Notes what can be asked for by now, and answers the days that are not taken over yet. */
export async function billsDue(
  { db, clock }: Pick<BillsDeps, 'db' | 'clock'>,
  channel: string,
  { calendar }: ChannelBills,
  limit: number,
): Promise<string[]> {
  const nowMs = clock()
  const retryMs = Math.min(60_000, calendar.everyMs)
  return db.withSystem(
    async tx => {
      const from = await store.billedUntil(tx, channel, new Date(nowMs - OLDEST_MS))
      if (from === undefined) return []
      await store.noteBills(tx, channel, billsReady(calendar, from.getTime(), nowMs, MOST_NOTED))
      const askedBefore = {
        waiting: new Date(nowMs - retryMs),
        malformed: new Date(nowMs - 60 * retryMs),
      }
      return store.daysToTake(tx, channel, askedBefore, limit)
    },
    { idempotent: true },
  )
}

/** Fetches what is missing of a day's bills and takes them over when both are there. */
export async function takeBills(deps: BillsDeps, name: string, day: string): Promise<void> {
  const channel = deps.channels.find(each => each.name === name)
  const bills = channel?.bills
  if (channel === undefined || bills === undefined) return
  for (const kind of await deps.db.withSystem(tx => store.kindsToFetch(tx, name, day))) {
    await fetchBill(deps, bills, { channel: name, day, kind })
  }
  const taken = await deps.db.withSystem(
    tx => takeOver(tx, bills, { channel: name, day, at: new Date(deps.clock()) }),
    { idempotent: true },
  )
  if (taken === undefined) return
  if ('refused' in taken) {
    return deps.log('error', 'a bill cannot be read', { channel: name, day, ...taken })
  }
  if (taken.strays > 0) deps.log('warn', 'a bill names orders that are not ours', { day, ...taken })
  for (const operatorId of taken.books) deps.wake('settle', operatorId)
  if (taken.isUnpaid) deps.wake('mend-bills', name)
}

async function fetchBill(
  { db, clock }: BillsDeps,
  bills: ChannelBills,
  place: store.BillPlace,
): Promise<void> {
  const answer = await bills.fetch(place.kind, place.day)
  const at = new Date(clock())
  await db.withSystem(
    tx => {
      if ('ok' in answer) {
        const { body } = answer
        return store.storeBill(tx, place, { body, hash: sha256(body) }, at)
      }
      const state = answer.refused === 'none' ? 'none' : null
      return store.noteNoBill(tx, place, state, `${answer.refused}: ${answer.detail}`, at)
    },
    { idempotent: true },
  )
}

type Taken = {
  strays: number
  books: string[]
  /** Whether it says that it was paid for orders, of which we were not told. */
  isUnpaid: boolean
}
type Day = { channel: string; day: string; at: Date }

/** Undefined while something is missing, or when it was done before. */
async function takeOver(
  tx: Tx,
  bills: ChannelBills,
  day: Day,
): Promise<Taken | { refused: 'malformed'; detail: string } | undefined> {
  const rows = await store.lockBills(tx, day.channel, day.day)
  const [funds, trades] = rows
  const isHere = rows.every(({ state, isRead }) => !isRead && /^(none|stored)$/.test(state))
  if (trades === undefined || funds === undefined || !isHere) return undefined
  const read = {
    funds: funds.body === null ? NO_FUNDS : bills.readFunds(funds.body),
    trades: trades.body === null ? NO_TRADES : bills.readTrades(trades.body),
  }
  for (const kind of ['funds', 'trades'] as const) {
    const answer = read[kind]
    if ('ok' in answer) continue
    await store.setMalformed(tx, { ...day, kind }, answer.detail)
    return answer
  }
  const lines = { funds: linesOf(read.funds), trades: linesOf(read.trades) }
  const taken = await insertAll(tx, day, lines)
  await store.setRead(tx, day.channel, day.day, day.at)
  await mendLines(tx, day.channel, day.at)
  await openDifferences(tx, { ...day, fromAt: trades.fromAt, until: trades.until })
  return taken
}

const NO_FUNDS = { ok: true as const, lines: [] as FundLine[] }
const NO_TRADES = { ok: true as const, lines: [] as TradeLine[] }

const linesOf = <Line>(read: { lines: readonly Line[] } | { refused: string }): readonly Line[] =>
  'lines' in read ? read.lines : []

async function insertAll(
  tx: Tx,
  day: Day,
  lines: { funds: readonly FundLine[]; trades: readonly TradeLine[] },
): Promise<Taken> {
  await store.insertMovements(tx, day, movements(lines.funds))
  const taken = { strays: 0, books: new Set<string>(), isUnpaid: false }
  const numbered = lines.trades.map((line, at) => ({ line, lineNo: at + 1 }))
  for (let i = 0; i < numbered.length; i += LINES_AT_ONCE) {
    const { known, strays } = await judgeSome(tx, day, numbered.slice(i, i + LINES_AT_ONCE))
    await store.insertLines(tx, day, known)
    await store.insertStrays(tx, day, strays)
    taken.strays += strays.length
    for (const { operatorId, fault } of known) {
      taken.books.add(operatorId)
      taken.isUnpaid ||= fault === 'missing-ours'
    }
  }
  return { ...taken, books: [...taken.books] }
}

type Numbered = { line: TradeLine; lineNo: number }

async function judgeSome(
  tx: Tx,
  { channel }: Day,
  numbered: readonly Numbered[],
): Promise<{ known: store.NewLine[]; strays: store.Stray[] }> {
  const ids = numbered.map(({ line }) => line.orderId).filter(id => UUID.test(id))
  const orders = await store.knownOrders(tx, channel, ids)
  const settled = new Set(await store.settledKeys(tx, ids))
  const found: { known: store.NewLine[]; strays: store.Stray[] } = { known: [], strays: [] }
  for (const { line, lineNo } of numbered) {
    const { orderId, transactionId, currency, atMs } = line
    const order = orders.get(orderId)
    const told = { lineNo, orderId, transactionId, currency, amountMinor: signedAmount(line) }
    if (order === undefined) {
      found.strays.push(told)
      continue
    }
    const refundId = line.refund?.refundId ?? null
    const key = lineKey(orderId, refundId)
    const fault = judgeLine(line, order, settled.has(key))
    if (fault === null) settled.add(key)
    const { operatorId, deviceId } = order
    const at = new Date(atMs)
    const whose = { operatorId, deviceId, refundId, movedAs: movedAs(line), at, fault }
    found.known.push({ ...told, ...whose })
  }
  return found
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Takes up what was learned since; of what we were not told, asks the company again. */
export async function mendBills(deps: BillsDeps, name: string): Promise<void> {
  const channel = deps.channels.find(each => each.name === name)
  for (const orderId of await deps.db.withSystem(tx => ordersUntold(tx, name))) {
    const answer = await channel?.query(orderId)
    // Its signed answer counts like a notification.
    if (answer?.state === 'paid') await receiveMessage(deps, name, 'query', answer.message)
  }
  await deps.db.withSystem(tx => mendLines(tx, name, new Date(deps.clock())), { idempotent: true })
}
