/**
 * What an agreement remembers of one account: the sales and payments of the current period, and
 * what earlier periods left unpaid. Made from booked postings alone, so that a lender can make it.
 */
import { type PeriodKind, periodOf } from './period.ts'

/** Minor units, all of one period of the account's own term. */
export type Tally = {
  /** Number of the period, see period.ts. */
  period: number
  /** Gross of the agreement's sales in the period. */
  grossMinor: bigint
  /** What the account got out of them. */
  paidMinor: bigint
  /** What earlier periods left unpaid. */
  carriedMinor: bigint
}

/** How a term counts: over which periods, and what a period owes by its end. */
export type Memory = {
  period: PeriodKind
  /** Whether a period's shortfall is owed in the next. */
  carries: boolean
  dueMinor(grossMinor: bigint): bigint
  /** Periods in which nothing falls due: numbers `first` to `last`. */
  holidays: readonly { first: number; last: number }[]
}

export const isHoliday = ({ holidays }: Memory, period: number): boolean =>
  holidays.some(({ first, last }) => first <= period && period <= last)

/**
 * The tally as a sale of this moment finds it. A sale that comes late counts in the open period;
 * the first period of an account is that of its first sale, and counts whole.
 */
export function tallyAt(
  tally: Tally | undefined,
  memory: Memory,
  atMs: number,
  utcOffsetMinutes: number,
): Tally {
  const period = periodOf(memory.period, atMs, utcOffsetMinutes)
  if (tally === undefined) return { period, grossMinor: 0n, paidMinor: 0n, carriedMinor: 0n }
  if (period <= tally.period) return tally
  const carriedMinor = memory.carries ? carriedInto(tally, memory, period) : 0n
  return { period, grossMinor: 0n, paidMinor: 0n, carriedMinor }
}

/** What is owed of a period: what falls due in it, and what was carried into it, less the paid. */
export function owedMinor(tally: Tally, memory: Memory, grossMinor: bigint): bigint {
  const due = isHoliday(memory, tally.period) ? 0n : memory.dueMinor(grossMinor)
  return atLeastNothing(due + tally.carriedMinor - tally.paidMinor)
}

/** The tally after a sale was booked. */
export function tallyAfter(found: Tally, grossMinor: bigint, paidMinor: bigint): Tally {
  return {
    ...found,
    grossMinor: found.grossMinor + grossMinor,
    paidMinor: found.paidMinor + paidMinor,
  }
}

/** Periods without a sale owe what a period without takings owes. */
function carriedInto(tally: Tally, memory: Memory, period: number): bigint {
  const between = { first: tally.period + 1, last: period - 1 }
  const skipped = lengthOf(between)
  const free = memory.holidays.reduce((sum, each) => sum + lengthOf(overlap(each, between)), 0)
  const empty = BigInt(Math.max(0, skipped - free)) * memory.dueMinor(0n)
  const carried = owedMinor(tally, memory, tally.grossMinor) + empty
  return carried < MOST_CARRIED ? carried : MOST_CARRIED
}

/** Nobody waits for more; below what 64 bits hold, so that a database can keep it. */
const MOST_CARRIED = 10n ** 18n

type Range = { first: number; last: number }
const lengthOf = ({ first, last }: Range): number => Math.max(0, last - first + 1)
const overlap = (a: Range, b: Range): Range => ({
  first: Math.max(a.first, b.first),
  last: Math.min(a.last, b.last),
})

const atLeastNothing = (amount: bigint): bigint => (amount > 0n ? amount : 0n)
