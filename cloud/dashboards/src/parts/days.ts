/**
 * Days of the reader's calendar, as `<input type=date>` writes them: "2025-03-01". A period names
 * its first and its last day; the API is asked for instants, from the one to before the other.
 */

export type Days = { first: string; last: string }
export const spans = ['month', 'last-month', 'quarter', 'year'] as const
export type Span = (typeof spans)[number]

/** The local day of an instant. */
export function dayOf(at: Date): string {
  const [month, day] = [at.getMonth() + 1, at.getDate()].map(part => String(part).padStart(2, '0'))
  return `${String(at.getFullYear()).padStart(4, '0')}-${month}-${day}`
}

/** This month and year so far, last month whole, and the last 90 days. */
export function daysOf(span: Span, today: Date): Days {
  const [year, month, day] = [today.getFullYear(), today.getMonth(), today.getDate()]
  const last = dayOf(today)
  switch (span) {
    case 'month':
      return { first: dayOf(new Date(year, month, 1)), last }
    case 'last-month':
      return { first: dayOf(new Date(year, month - 1, 1)), last: dayOf(new Date(year, month, 0)) }
    case 'quarter':
      return { first: dayOf(new Date(year, month, day - 89)), last }
    case 'year':
      return { first: dayOf(new Date(year, 0, 1)), last }
  }
}

/** The days in an address; what is no day, or no period, is this month. */
export function readDays(first: string, last: string, today: Date): Days {
  const valid = isDay(first) && isDay(last) && first <= last
  return valid ? { first, last } : daysOf('month', today)
}

/** From the first moment of the first day to the first one after the last day, as UTC. */
export function instantsOf({ first, last }: Days): { from: string; to: string } {
  return { from: midnight(first, 0).toISOString(), to: midnight(last, 1).toISOString() }
}

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOf(midnight(text, 0)) === text

/** Local midnight, so many days later; clocks that were set in between do not matter. */
function midnight(day: string, later: number): Date {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later)
}
