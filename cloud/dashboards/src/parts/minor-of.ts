/** Amounts as people write them. Pure. */
import { exponentOf } from '@tillproof/shared/money/money.ts'

/** "3.5" of CNY is 350n; undefined for what is no amount of the currency. */
export function minorOf(text: string, currency: string): bigint | undefined {
  const digits = exponentOf(currency)
  const [, whole, fraction = ''] = /^\s*(\d{1,13})(?:[.,](\d+))?\s*$/.exec(text) ?? []
  if (whole === undefined || fraction.length > digits) return undefined
  return BigInt(whole + fraction.padEnd(digits, '0'))
}
