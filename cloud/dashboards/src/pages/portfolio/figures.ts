/** How each of the portfolio's figures is shown, and which list lies behind it. */
import type { Figure } from '@tillproof/shared/api/lending.ts'
import { basisPointsText, countText, moneyText, monthsText } from '../../parts/format.ts'

export const lists = ['machines', 'silent', 'loans'] as const
export type ListName = (typeof lists)[number]

/** The value in the reader's language by its unit, or null when there is no data. */
export function figureText({ value, unit }: Figure, language: string): string | null {
  if (value === null) return null
  if (/^[A-Z]{3}$/.test(unit)) return moneyText({ amountMinor: value, currency: unit }, language)
  if (unit === 'count') return countText(value, language)
  if (unit === 'basis-points') return basisPointsText(Number(value), language)
  if (unit === 'months') return monthsText(value, language)
  return `${value} ${unit}`
}

/** The list whose rows make up the figure. */
export function listBehind(name: string): ListName {
  if (/silent/.test(name)) return 'silent'
  return /outstanding|repaid|collection|clear|loan/.test(name) ? 'loans' : 'machines'
}

const SILENT_AFTER_MS = 24 * 3_600_000

/** As the cloud counts silent machines: no signed head for 24 hours, or never one. */
export function isSilent(lastHeardAt: string | null, asOf: string): boolean {
  return lastHeardAt === null || Date.parse(asOf) - Date.parse(lastHeardAt) > SILENT_AFTER_MS
}
