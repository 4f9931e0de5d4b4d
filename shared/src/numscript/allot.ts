/**
 * Sharing an amount out by portions. The rule is the language's: every share is rounded down, and
 * the units left over go one by one to the first items in order. So Σ shares = amount, always, and
 * no share is more than one unit away from its exact value.
 */
import { refuse } from './fault.ts'
import type { Rational } from './rational.ts'
import { add, complement, formatRational, isPortionSized, isShare, ZERO } from './rational.ts'
import type { Span } from './span.ts'

export type Part = { portion: Rational | 'remaining'; span: Span }

/**
 * Portions with `remaining` filled in: each between 0 and 1, together exactly 1.
 * Throws a Refusal at the item, or at `whole` when it is the sum that is wrong.
 */
export function resolvePortions(parts: readonly Part[], whole: Span): Rational[] {
  const total = sumOf(parts)
  const remaining = parts.filter(({ portion }) => portion === 'remaining')
  if (remaining[1]) {
    refuse('script.portions-sum', '`remaining` stands here a second time', remaining[1].span)
  }
  const isOne = total.numerator === total.denominator
  if (!isShare(total) || (remaining.length === 0 && !isOne)) {
    const message = `the portions add up to ${formatRational(total)}, not 1`
    refuse('script.portions-sum', message, whole)
  }
  return parts.map(({ portion }) => (portion === 'remaining' ? complement(total) : portion))
}

function sumOf(parts: readonly Part[]): Rational {
  let total = ZERO
  for (const { portion, span } of parts) {
    if (portion === 'remaining') continue
    if (!isPortionSized(portion)) refuse('script.portion', 'this portion is too long', span)
    if (!isShare(portion)) {
      refuse('script.portion', `${formatRational(portion)} is not between 0 and 1`, span)
    }
    total = add(total, portion) ?? refuse('script.portion', 'these portions are too fine', span)
  }
  return total
}

/**
 * Minor units for each portion, in order.
 * @param amount zero or more
 * @param portions together exactly 1
 */
export function allot(amount: bigint, portions: readonly Rational[]): bigint[] {
  const floors = portions.map(({ numerator, denominator }) => (amount * numerator) / denominator)
  const leftOver = amount - floors.reduce((total, floor) => total + floor, 0n)
  return floors.map((floor, index) => (BigInt(index) < leftOver ? floor + 1n : floor))
}
