/**
 * Days and months of an agreement, counted purely from a sale's milliseconds.
 * Terms name a fixed offset from UTC: a period that no time-zone table can move afterwards, and
 * that a lender computes alike in ten years. China has one offset all the year.
 */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export type PeriodKind = 'day' | 'month'

/** Number of the period a moment lies in, from 1970: days, or months. */
export function periodOf(kind: PeriodKind, atMs: number, utcOffsetMinutes: number): number {
  const day = Math.floor((atMs + utcOffsetMinutes * MINUTE_MS) / DAY_MS)
  return kind === 'day' ? day : monthOfDay(day)
}

/** "2026-11-21" or "2026-11": how a period is shown. */
export function periodName(kind: PeriodKind, period: number): string {
  if (kind === 'month') return `${1970 + Math.floor(period / 12)}-${two((period % 12) + 1)}`
  const { year, month, day } = civilOf(period)
  return `${year}-${two(month)}-${two(day)}`
}

function monthOfDay(day: number): number {
  const { year, month } = civilOf(day)
  return (year - 1970) * 12 + month - 1
}

/**
 * The Gregorian date of a day number. Years are counted from March, so that the odd day of a leap
 * year is the last of its year; 146,097 days make 400 years.
 */
function civilOf(dayNumber: number): { year: number; month: number; day: number } {
  const fromMarch0000 = dayNumber + 719_468
  const era = Math.floor(fromMarch0000 / 146_097)
  const ofEra = fromMarch0000 - era * 146_097
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

const two = (number: number): string => String(number).padStart(2, '0')
