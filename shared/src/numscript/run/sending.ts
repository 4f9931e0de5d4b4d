/** What one send statement works on: the asset it moves, and the money between its two sides. */
import { type Part, resolvePortions } from '../allot.ts'
import type { Rational } from '../rational.ts'
import type { Span } from '../span.ts'
import type { Allotted } from '../syntax.ts'
import type { Balances } from './balances.ts'
import { type Environment, evaluateAs } from './evaluate.ts'
import type { Funds } from './funds.ts'

/** `amount` in minor units, more than zero. */
export type Posting = { source: string; destination: string; amount: bigint; asset: string }

export type Sending = {
  environment: Environment
  balances: Balances
  asset: string
  funds: Funds
  postings: Posting[]
}

/** The portions of an allotment with their variables' values and `remaining` filled in. */
export function portionsOf(
  items: readonly Allotted<unknown>[],
  whole: Span,
  environment: Environment,
): Rational[] {
  const parts = items.map(({ portion, span }): Part => {
    if (portion === 'remaining') return { portion, span }
    const value = evaluateAs('portion', portion, environment)
    return { portion: value.portion, span: portion.span }
  })
  return resolvePortions(parts, whole)
}
