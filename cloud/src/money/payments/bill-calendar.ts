/**
 * When a payment company's bills are of, and from when on they can be asked for. Pure.
 * A bill is named by its day, local to the company: `2026-11-21`. A company that bills more often
 * numbers its bills within the day: `2026-11-21.0`, `2026-11-21.1` …
 */

export type BillCalendar = {
  /** Length of what a bill is of: a day, or a part of one. */
  everyMs: number
  /** Of the company's local time to UTC. */
  utcOffsetMs: number
  /** From the end of what it is of until it can be asked for. */
  readyAfterMs: number
}
export type Bill = { day: string; fromMs: number; untilMs: number }

export const DAY_MS = 86_400_000

/** The bill that holds what happened at this time. */
export function billAt({ everyMs, utcOffsetMs }: BillCalendar, atMs: number): Bill {
  const localMs = atMs + utcOffsetMs
  const midnightMs = Math.floor(localMs / DAY_MS) * DAY_MS
  const number = Math.floor((localMs - midnightMs) / everyMs)
  const fromMs = midnightMs + number * everyMs
  const date = new Date(midnightMs).toISOString().slice(0, 10)
  return {
    day: everyMs < DAY_MS ? `${date}.${number}` : date,
    fromMs: fromMs - utcOffsetMs,
    untilMs: Math.min(fromMs + everyMs, midnightMs + DAY_MS) - utcOffsetMs,
  }
}

/** Bills that can be asked for by now, oldest first, from the one at this time on. */
export function billsReady(
  calendar: BillCalendar,
  firstAtMs: number,
  nowMs: number,
  most: number,
): Bill[] {
  const bills: Bill[] = []
  let bill = billAt(calendar, firstAtMs)
  while (bills.length < most && bill.untilMs + calendar.readyAfterMs <= nowMs) {
    bills.push(bill)
    bill = billAt(calendar, bill.untilMs)
  }
  return bills
}

/** The calendar day of a bill, whatever part of it the bill is of. */
export const dateOf = (day: string): string => day.slice(0, 10)
