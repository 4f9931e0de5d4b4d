/**
 * Money: whole minor units of a currency, never a float. Texts are read and written exactly;
 * a text with more decimals than the currency has is refused, not rounded.
 */
export type Money = { amountMinor: bigint; currency: string }

/** ISO 4217 minor unit exponents; every currency not listed has two decimals. */
const EXPONENTS: readonly (readonly [exponent: number, currencies: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
]
const EXPONENT_OF = new Map(
  EXPONENTS.flatMap(([exponent, codes]) => codes.split(' ').map(code => [code, exponent] as const)),
)
const DEFAULT_EXPONENT = 2
const CURRENCY = /^[A-Z]{3}$/
const DECIMAL = /^(-?)(0|[1-9]\d{0,17})(?:\.(\d+))?$/

/** ISO 4217 alphabetic code by shape. */
export function isCurrency(text: string): boolean {
  return CURRENCY.test(text)
}

/** Decimals of a currency: 2 for CNY, 0 for JPY, 3 for KWD. */
export function exponentOf(currency: string): number {
  return EXPONENT_OF.get(currency) ?? DEFAULT_EXPONENT
}

/**
 * "3.50" or "3.5" in CNY is 350n.
 * @returns undefined on anything but a plain decimal with at most 18 digits before the point and no
 *   more decimals than the currency has.
 */
export function parseDecimal(text: string, currency: string): bigint | undefined {
  const match = DECIMAL.exec(text)
  const exponent = exponentOf(currency)
  const fraction = match?.[3] ?? ''
  if (!match || !isCurrency(currency) || fraction.length > exponent) return undefined
  const magnitude = BigInt(`${match[2]}${fraction.padEnd(exponent, '0')}`)
  return match[1] === '-' ? -magnitude : magnitude
}

/** 350n in CNY is "3.50": the text that {@link parseDecimal} reads back. */
export function formatDecimal({ amountMinor, currency }: Money): string {
  const exponent = exponentOf(currency)
  const sign = amountMinor < 0n ? '-' : ''
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  return exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`
}

/** "CNY 3.50", for logs, reports and slips; screens format by the reader's locale. */
export function formatMoney(money: Money): string {
  return `${money.currency} ${formatDecimal(money)}`
}
