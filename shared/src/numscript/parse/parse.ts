/**
 * Tokens → script, by recursive descent, one function a form:
 *
 *     script    = ('#!' '[' 'feature' '(' string (',' string)* ')' ']')*
 *                 ('vars' '{' declaration* '}')? statement*
 *     declaration = word variable ('=' expression)?
 *     statement = 'send' sent '(' 'source' '=' source 'destination' '=' destination ')'
 *               | 'save' sent 'from' expression
 *               | word '(' arguments ')'
 *     sent      = '[' asset '*' ']' | expression
 */
import { requireSupported } from '../features.ts'
import type { Declaration, Script, Sent, Statement } from '../syntax.ts'
import { parseDestination } from './destination.ts'
import { parseAsset, parseCall, parseExpression } from './expression.ts'
import { tokenize } from './lexer.ts'
import { TokenReader } from './reader.ts'
import { parseSource } from './source.ts'

/** Throws a Refusal at the first fault. Names, types and sums are for check/check.ts. */
export function parse(text: string, features: Iterable<string> = []): Script {
  const tokens = tokenize(text)
  const reader = new TokenReader(tokens, text.length)
  const declared = new Set(features)
  for (const feature of declared) requireSupported(feature, { start: 0, end: 0 })
  while (reader.is('#!')) parseFeatures(reader, declared)
  const declarations = reader.is('vars') ? parseVars(reader) : []
  const statements: Statement[] = []
  while (reader.peek().kind !== 'end') {
    reader.line()
    statements.push(parseStatement(reader))
  }
  return { text, tokens, layout: reader.layout, features: declared, declarations, statements }
}

function parseFeatures(reader: TokenReader, declared: Set<string>): void {
  reader.line()
  reader.take()
  reader.expect('[', 'after `#!`')
  reader.expect('feature', 'after `#![`')
  reader.layout.calls.add(reader.expect('(', 'after `feature`').span.start)
  do {
    const { kind, text, span } = reader.peek()
    if (kind !== 'string') reader.unexpected('the name of a feature, as a string')
    reader.take()
    const feature = text.slice(1, -1)
    requireSupported(feature, span)
    declared.add(feature)
  } while (reader.accept(','))
  reader.expect(')', 'after the features')
  reader.expect(']', 'after `)`')
}

function parseVars(reader: TokenReader): Declaration[] {
  reader.line()
  reader.take()
  reader.opened(reader.expect('{', 'after `vars`'))
  const declarations: Declaration[] = []
  while (!reader.is('}')) {
    reader.line()
    declarations.push(parseDeclaration(reader))
  }
  reader.closed(reader.take())
  return declarations
}

function parseDeclaration(reader: TokenReader): Declaration {
  const type = reader.peek()
  if (type.kind !== 'word') reader.unexpected('a type and a variable, or `}`')
  reader.take()
  const variable = reader.peek()
  if (variable.kind !== 'variable') reader.unexpected('a variable, such as $amount')
  reader.take()
  const origin = reader.accept('=') ? parseExpression(reader, 'a function after `=`') : undefined
  const name = variable.text.slice(1)
  return { name, type: type.text, typeSpan: type.span, origin, span: reader.since(type.span) }
}

function parseStatement(reader: TokenReader): Statement {
  if (reader.is('send')) return parseSend(reader)
  if (reader.is('save')) return parseSave(reader)
  const { kind, span } = reader.peek()
  const isCall = kind === 'word' && reader.peek(1).text === '('
  if (!isCall) reader.unexpected('a statement: `send`, `save` or a function')
  return { kind: 'call', call: parseCall(reader), span: reader.since(span) }
}

function parseSend(reader: TokenReader): Statement {
  const { span } = reader.take()
  const sent = parseSent(reader)
  reader.opened(reader.expect('(', 'after what is sent'))
  reader.line()
  reader.expect('source', 'after `(`')
  reader.expect('=', 'after `source`')
  const source = parseSource(reader)
  reader.line()
  reader.expect('destination', 'after the source')
  reader.expect('=', 'after `destination`')
  const destination = parseDestination(reader)
  reader.closed(reader.expect(')', 'after the destination'))
  return { kind: 'send', sent, source, destination, span: reader.since(span) }
}

function parseSave(reader: TokenReader): Statement {
  const { span } = reader.take()
  const sent = parseSent(reader)
  reader.expect('from', 'after what is saved')
  const from = parseExpression(reader, 'an account after `from`')
  return { kind: 'save', sent, from, span: reader.since(span) }
}

function parseSent(reader: TokenReader): Sent {
  const { text, span } = reader.peek()
  const isAll = text === '[' && reader.peek(2).text === '*'
  if (!isAll) {
    const amount = parseExpression(reader, 'an amount, such as [CNY/2 350]')
    return { kind: 'amount', amount, span: amount.span }
  }
  reader.take()
  const asset = parseAsset(reader)
  reader.expect('*', 'after the asset')
  reader.expect(']', 'after `*`')
  return { kind: 'all', asset, span: reader.since(span) }
}
