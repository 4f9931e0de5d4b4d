/**
 * Numbers, money and times in the reader's language. Money stays exact: minor units go to the
 * formatter as decimal text, never through a float.
 */
import type { Money } from '@tillproof/shared/api/fields.ts'
import { exponentOf, formatDecimal } from '@tillproof/shared/money/money.ts'

/** "¥3.50" in Chinese, "CN¥3.50" in English. */
export function moneyText({ amountMinor, currency }: Money, language: string): string {
  const text = formatDecimal({ amountMinor: BigInt(amountMinor), currency })
  const digits = exponentOf(currency)
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(text as Intl.StringNumericLiteral)
}

/** With a sign in front of gains too: "+¥3.50". */
export function signedMoneyText(money: Money, language: string): string {
  const text = moneyText(money, language)
  return BigInt(money.amountMinor) > 0n ? `+${text}` : text
}

export function countText(value: number | bigint | string, language: string): string {
  return new Intl.NumberFormat(language).format(value as Intl.StringNumericLiteral)
}

/** Months as decimal text: "12.5 months". */
export function monthsText(months: string, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: 'month',
    unitDisplay: 'long',
  }).format(months as Intl.StringNumericLiteral)
}

/** Whole days: "1 day", "12 days". */
export function daysText(days: number, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: 'day',
    unitDisplay: 'long',
  }).format(days)
}

/** Hundredths of a percent: 1250 is "12.5%". */
export function basisPointsText(basisPoints: number, language: string): string {
  return new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: 2,
  }).format(basisPoints / 10_000)
}

/** Date and time to the second, in the given time zone or the reader's own. */
export function instantText(instant: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    // A month in letters cannot be mistaken for a day; Chinese puts the year first instead.
    month: language.startsWith('zh') ? '2-digit' : 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone ? { timeZone } : {}),
  }).format(new Date(instant))
}

export function dayText(instant: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: language.startsWith('zh') ? '2-digit' : 'short',
    day: '2-digit',
    ...(timeZone ? { timeZone } : {}),
  }).format(new Date(instant))
}

export function clockText(instant: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone ? { timeZone } : {}),
  }).format(new Date(instant))
}

const STEPS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** "12 seconds ago"; a time ahead of the reader's clock is "now". */
export function agoText(ageMs: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const age = Math.max(0, ageMs)
  const [unit, unitMs] = STEPS.find(([, ms]) => age >= ms) ?? STEPS[3]
  return format.format(-Math.floor(age / unitMs), unit)
}

/** "2 h 05 min 09 s" for a span, the largest two or three units; never below zero. */
export function spanText(spanMs: number, language: string): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1000))
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2)
  return shown
    .map(([n, unit]) =>
      new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(n),
    )
    .join(' ')
}

/** Degrees with five decimals, about a metre: "31.23040° N, 121.47370° E". */
export function positionText(position: { latitudeDeg: number; longitudeDeg: number }): string {
  const { latitudeDeg: lat, longitudeDeg: lon } = position
  const part = (deg: number, plus: string, minus: string) =>
    `${Math.abs(deg).toFixed(5)}° ${deg < 0 ? minus : plus}`
  return `${part(lat, 'N', 'S')}, ${part(lon, 'E', 'W')}`
}
