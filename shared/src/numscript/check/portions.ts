/**
 * Portions that are written out can be added up before anything runs; those of variables cannot,
 * and are taken for `remaining` here: together with them, the rest must not exceed 1.
 */
import { type Part, resolvePortions } from '../allot.ts'
import { catchRefusal } from '../fault.ts'
import { reduce } from '../rational.ts'
import type { Span } from '../span.ts'
import type { Allotted, Expression } from '../syntax.ts'
import { expectType } from './expression.ts'
import type { Scope } from './scope.ts'

export function checkPortions(
  { items, span }: { items: readonly Allotted<unknown>[]; span: Span },
  scope: Scope,
): void {
  for (const { portion } of items) {
    if (portion !== 'remaining') expectType(portion, 'portion', scope)
  }
  const outcome = catchRefusal(() => resolvePortions(knownParts(items), span))
  if ('fault' in outcome) {
    scope.fault(outcome.fault.code, outcome.fault.message, outcome.fault.span)
  }
}

function knownParts(items: readonly Allotted<unknown>[]): Part[] {
  const written = items.filter(({ portion }) => portion === 'remaining' || constant(portion))
  const parts: Part[] = written.map(({ portion, span }) => ({
    portion: portion === 'remaining' ? portion : (constant(portion) ?? 'remaining'),
    span: portion === 'remaining' ? span : portion.span,
  }))
  const hasRemaining = parts.some(({ portion }) => portion === 'remaining')
  const [unknown] = items.filter(item => !written.includes(item))
  if (unknown && !hasRemaining) parts.push({ portion: 'remaining', span: unknown.span })
  return parts
}

/** 15% and 1/3; undefined for anything that has to be computed. */
function constant(portion: Expression | 'remaining') {
  if (portion === 'remaining') return undefined
  if (portion.kind === 'portion') return portion.portion
  if (portion.kind !== 'chain' || portion.first.kind !== 'number') return undefined
  const [link, ...others] = portion.links
  if (link?.operator !== '/' || link.operand.kind !== 'number' || others.length > 0) {
    return undefined
  }
  const denominator = link.operand.number
  if (denominator === 0n) return undefined
  return reduce({ numerator: portion.first.number, denominator })
}
