/**
 * Exact fractions for portions: 15%, 1/3, 0.19%. Never a float. Sizes are capped, because the least
 * common multiple of many long denominators is a way to keep a computer busy for ever.
 */

/** `denominator` is positive; not necessarily in lowest terms, see {@link reduce}. */
export type Rational = { numerator: bigint; denominator: bigint }

export const ZERO: Rational = { numerator: 0n, denominator: 1n }
export const ONE: Rational = { numerator: 1n, denominator: 1n }

const MAX_PORTION_DIGITS = 36
const MAX_PORTION_PART = 10n ** BigInt(MAX_PORTION_DIGITS)
const MAX_SUM_DENOMINATOR = 1n << 4096n
const PERCENTAGE = /^(\d+)(?:\.(\d+))?%$/
const RATIO = /^(\d+)\s?\/\s?(\d+)$/

/**
 * "12.5%", "1/8" or "1 / 8".
 * @returns undefined on anything else, a zero denominator, or more than 36 digits.
 */
export function parsePortion(text: string): Rational | undefined {
  const [, whole, fraction = ''] = PERCENTAGE.exec(text) ?? []
  const [, above, below] = RATIO.exec(text) ?? []
  const tooLong = text.length > 2 * MAX_PORTION_DIGITS + 4
  if (tooLong) return undefined
  if (whole !== undefined) {
    return portionOf(BigInt(whole + fraction), 100n * 10n ** BigInt(fraction.length))
  }
  if (above === undefined || below === undefined) return undefined
  return portionOf(BigInt(above), BigInt(below))
}

function portionOf(numerator: bigint, denominator: bigint): Rational | undefined {
  if (denominator === 0n) return undefined
  const portion = reduce({ numerator, denominator })
  return isPortionSized(portion) ? portion : undefined
}

/** Short enough to be a portion; says nothing of its value. */
export function isPortionSized({ numerator, denominator }: Rational): boolean {
  return magnitude(numerator) <= MAX_PORTION_PART && denominator <= MAX_PORTION_PART
}

/** Between 0 and 1, both included. */
export function isShare({ numerator, denominator }: Rational): boolean {
  return numerator >= 0n && numerator <= denominator
}

/** a + b. @returns undefined when the common denominator has grown beyond any sense. */
export function add(a: Rational, b: Rational): Rational | undefined {
  const common = greatestCommonDivisor(a.denominator, b.denominator)
  const denominator = (a.denominator / common) * b.denominator
  if (denominator > MAX_SUM_DENOMINATOR) return undefined
  const left = a.numerator * (b.denominator / common)
  const right = b.numerator * (a.denominator / common)
  return { numerator: left + right, denominator }
}

/** 1 − a. */
export function complement({ numerator, denominator }: Rational): Rational {
  return { numerator: denominator - numerator, denominator }
}

/** Lowest terms, sign above the line; the denominator given must not be zero. */
export function reduce({ numerator, denominator }: Rational): Rational {
  const common = greatestCommonDivisor(magnitude(numerator), magnitude(denominator)) || 1n
  const sign = denominator < 0n ? -1n : 1n
  return { numerator: (sign * numerator) / common, denominator: (sign * denominator) / common }
}

/** "3/25"; whole numbers too: "1/1". */
export function formatRational(value: Rational): string {
  const { numerator, denominator } = reduce(value)
  return `${numerator}/${denominator}`
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
