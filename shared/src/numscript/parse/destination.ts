/**
 * Destinations:
 *
 *     destination = expression
 *                 | '{' ('max' expression target)* 'remaining' target '}'
 *                 | '{' ((expression | 'remaining') target)+ '}'
 *     target      = 'kept' | 'to' destination
 */
import { refuse } from '../fault.ts'
import type { Span } from '../span.ts'
import type { Destination, Expression, Target } from '../syntax.ts'
import { parseExpression } from './expression.ts'
import type { TokenReader } from './reader.ts'

type Clause = { target: Target; span: Span } & (
  | { kind: 'max'; cap: Expression }
  | { kind: 'portion'; portion: Expression }
  | { kind: 'remaining' }
)

export function parseDestination(reader: TokenReader): Destination {
  if (reader.is('{')) return reader.deeper(() => parseBlock(reader))
  const address = parseExpression(reader, 'a destination')
  return { kind: 'account', address, span: address.span }
}

function parseBlock(reader: TokenReader): Destination {
  const { span } = reader.opened(reader.take())
  const clauses: Clause[] = []
  while (!reader.is('}')) {
    reader.line()
    clauses.push(parseClause(reader))
  }
  if (clauses.length === 0) reader.unexpected('a portion, `max` or `remaining`')
  reader.closed(reader.take())
  const whole = reader.since(span)
  const isAllotment = clauses.some(({ kind }) => kind === 'portion')
  return isAllotment ? allotmentOf(clauses, whole) : orderedOf(clauses, whole)
}

function parseClause(reader: TokenReader): Clause {
  const { span } = reader.peek()
  if (reader.accept('max')) {
    const cap = parseExpression(reader, 'an amount after `max`')
    const target = parseTarget(reader)
    return { kind: 'max', cap, target, span: reader.since(span) }
  }
  if (reader.accept('remaining')) {
    const target = parseTarget(reader)
    return { kind: 'remaining', target, span: reader.since(span) }
  }
  const portion = parseExpression(reader, 'a portion, `max`, `remaining` or `}`')
  const target = parseTarget(reader)
  return { kind: 'portion', portion, target, span: reader.since(span) }
}

function parseTarget(reader: TokenReader): Target {
  const kept = reader.accept('kept')
  if (kept !== undefined) return { kind: 'kept', span: kept.span }
  reader.expect('to', 'or `kept`')
  return { kind: 'to', destination: parseDestination(reader) }
}

function allotmentOf(clauses: Clause[], span: Span): Destination {
  const items = clauses.map(clause => {
    if (clause.kind === 'max') return refuseMixed(clause.span)
    const portion = clause.kind === 'portion' ? clause.portion : ('remaining' as const)
    return { portion, of: clause.target, span: clause.span }
  })
  return { kind: 'allotment', items, span }
}

function orderedOf(clauses: Clause[], span: Span): Destination {
  const last = clauses.at(-1)
  if (last?.kind !== 'remaining') {
    const message = 'a list with `max` ends with `remaining`, so that every unit has a place'
    return refuse('script.syntax', message, last?.span ?? span)
  }
  const capped = clauses.slice(0, -1).map(clause => {
    if (clause.kind === 'max') return { cap: clause.cap, target: clause.target }
    return refuse('script.syntax', '`remaining` comes last and once', clause.span)
  })
  return { kind: 'ordered', clauses: capped, remaining: last.target, span }
}

function refuseMixed(span: Span): never {
  const message =
    'a list has `max` clauses or portions, not both; ' +
    'put the portions into `remaining to { … }` after the `max` clauses'
  return refuse('script.syntax', message, span)
}
