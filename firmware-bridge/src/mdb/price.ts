/**
 * Prices of the bus as money. The bus counts in units of its own: a peripheral's setup says by what
 * to multiply and how many decimals the result has (MDB/ICP 4.2, sections 5.3, 6.3, 7.4.2).
 *
 *   scaled 70, factor 5, 2 decimals      3.50, in CNY 350 minor units
 */
import { exponentOf } from '@tillproof/shared/money/money.ts'
import { currencyOfNumber } from './currency.ts'

export type Scale = {
  factor: number
  decimals: number
  /** Four digits as the peripheral tells them: 1 and the ISO 4217 number, 0 and a phone prefix. */
  currencyCode: string
}

/** `minor` is null while nobody has told the scale, or when it cannot be said exactly. */
export type BusPrice = { scaled: number; minor: bigint | null }

/** `FFFFh` and `FFFFFFFFh` say that the machine does not know its price. */
export function isUnknown(scaled: number, bytes: number): boolean {
  return scaled === 2 ** (8 * bytes) - 1
}

/** A price in `currency`; exact or not at all. */
export function priceOf(scaled: number, scale: Scale | null, currency: string): BusPrice {
  if (scale === null || !mayBe(scale.currencyCode, currency)) return { scaled, minor: null }
  const value = BigInt(scaled) * BigInt(scale.factor)
  const shift = exponentOf(currency) - scale.decimals
  if (shift >= 0) return { scaled, minor: value * 10n ** BigInt(shift) }
  const divisor = 10n ** BigInt(-shift)
  return { scaled, minor: value % divisor === 0n ? value / divisor : null }
}

/** A peripheral of another currency must not be read as if it spoke of ours. */
function mayBe(currencyCode: string, currency: string): boolean {
  if (!currencyCode.startsWith('1')) return true
  const told = currencyOfNumber(currencyCode.slice(1))
  return told === undefined || told === currency
}

/** Two bytes in packed decimals, as setups tell the currency: `17 56` is `1756`. */
export function currencyCodeOf(high: number, low: number): string {
  return [high, low].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
