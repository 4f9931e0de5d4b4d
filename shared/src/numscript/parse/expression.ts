/**
 * Expressions, from loose to tight:
 *
 *     sum     = quotient (('+' | '-') quotient)*
 *     quotient = signed ('/' signed)*
 *     signed  = '-' signed | primary
 *     primary = variable | asset | account | string | number | percentage | monetary
 *             | word '(' (sum (',' sum)*)? ')' | '(' sum ')'
 *     monetary = '[' asset-or-variable sum ']'
 */

import { refuse } from '../fault.ts'
import { refuseExperimental } from '../features.ts'
import { parsePortion } from '../rational.ts'
import type { Call, Expression, Link } from '../syntax.ts'
import type { Token } from './lexer.ts'
import type { TokenReader } from './reader.ts'

/** @param what completes "expected …", when no expression begins here. */
export function parseExpression(reader: TokenReader, what: string): Expression {
  return parseChain(reader, ['+', '-'], () =>
    parseChain(reader, ['/'], () => parseSigned(reader, what)),
  )
}

function parseChain(
  reader: TokenReader,
  operators: readonly Link['operator'][],
  parseOperand: () => Expression,
): Expression {
  const first = parseOperand()
  const links: Link[] = []
  for (;;) {
    const operator = operators.find(each => reader.is(each))
    if (operator === undefined) break
    const { span } = reader.take()
    const operand = parseOperand()
    const isRatio = operator === '/' && first.kind === 'number' && operand.kind === 'number'
    if (isRatio) reader.layout.ratios.add(span.start)
    links.push({ operator, operand, span })
  }
  return links.length === 0
    ? first
    : { kind: 'chain', first, links, span: reader.since(first.span) }
}

function parseSigned(reader: TokenReader, what: string): Expression {
  const sign = reader.accept('-')
  if (sign === undefined) return parsePrimary(reader, what)
  reader.layout.signs.add(sign.span.start)
  const operand = reader.deeper(() => parseSigned(reader, 'a number after `-`'))
  return { kind: 'negation', operand, span: reader.since(sign.span) }
}

function parsePrimary(reader: TokenReader, what: string): Expression {
  const token = reader.peek()
  const { kind, text, span } = token
  switch (kind) {
    case 'variable':
      return take(reader, { kind: 'variable', name: text.slice(1), span })
    case 'account':
      return take(reader, { kind: 'account', address: text.slice(1), span })
    case 'asset':
      return take(reader, { kind: 'asset', asset: text, span })
    case 'number':
      return take(reader, { kind: 'number', number: BigInt(text.replaceAll('_', '')), span })
    case 'string':
      return take(reader, { kind: 'string', string: unquote(text), span })
    case 'percentage':
      return take(reader, percentage(token))
    case 'word':
      return reader.peek(1).text === '(' ? parseCall(reader) : reader.unexpected(what)
    case 'mark':
      if (text === '[') return reader.deeper(() => parseMonetary(reader))
      if (text === '(') return reader.deeper(() => parseParentheses(reader))
      return reader.unexpected(what)
    case 'comment':
    case 'end':
      return reader.unexpected(what)
  }
}

function take(reader: TokenReader, expression: Expression): Expression {
  reader.take()
  return expression
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll('\\"', '"')
}

function percentage({ text, span }: Token): Expression {
  const portion = parsePortion(text)
  if (portion === undefined) return refuse('script.portion', 'this portion is too long', span)
  return { kind: 'portion', portion, span }
}

export function parseCall(reader: TokenReader): Call {
  const name = reader.take()
  refuseExperimental(name.text, name.span)
  const open = reader.expect('(', 'and the arguments after the function’s name')
  reader.layout.calls.add(open.span.start)
  const args = reader.deeper(() => parseArguments(reader))
  reader.expect(')', 'after the last argument')
  return { kind: 'call', name: name.text, args, span: reader.since(name.span) }
}

function parseArguments(reader: TokenReader): Expression[] {
  if (reader.is(')')) return []
  const args = [parseExpression(reader, 'an argument or `)`')]
  while (reader.accept(',')) args.push(parseExpression(reader, 'an argument after `,`'))
  return args
}

function parseMonetary(reader: TokenReader): Expression {
  const open = reader.take()
  const asset = parseAsset(reader)
  if (reader.is('*'))
    return reader.unexpected('an amount: everything `*` can only be sent or saved')
  const amount = parseExpression(reader, 'an amount after the asset')
  reader.expect(']', 'after the amount')
  return { kind: 'monetary', asset, amount, span: reader.since(open.span) }
}

/** No sums here: in `[USD/2 -5]` the minus belongs to the amount. */
export function parseAsset(reader: TokenReader): Expression {
  return reader.deeper(() => parsePrimary(reader, 'an asset, such as CNY/2'))
}

function parseParentheses(reader: TokenReader): Expression {
  reader.take()
  const inner = parseExpression(reader, 'a value after `(`')
  reader.expect(')', 'to close the parenthesis')
  return inner
}
