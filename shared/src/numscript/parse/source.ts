/**
 * Sources:
 *
 *     source = expression ('allowing' overdraft)?
 *            | 'max' expression 'from' source
 *            | '{' source+ '}'
 *            | '{' ((expression | 'remaining') 'from' source)+ '}'
 *     overdraft = 'unbounded' 'overdraft' | 'overdraft' 'up' 'to' expression
 */
import { refuse } from '../fault.ts'
import type { Allotted, Expression, Source } from '../syntax.ts'
import { parseExpression } from './expression.ts'
import type { TokenReader } from './reader.ts'

type Item = Source | ({ kind: 'item' } & Allotted<Source>)

export function parseSource(reader: TokenReader): Source {
  if (reader.is('{')) return reader.deeper(() => parseBlock(reader))
  if (reader.is('max')) return reader.deeper(() => parseCapped(reader))
  return parseAccount(reader, parseExpression(reader, 'a source'))
}

function parseCapped(reader: TokenReader): Source {
  const { span } = reader.take()
  const cap = parseExpression(reader, 'an amount after `max`')
  reader.expect('from', 'after the maximum')
  return { kind: 'capped', cap, from: parseSource(reader), span: reader.since(span) }
}

function parseAccount(reader: TokenReader, address: Expression): Source {
  const overdraft = parseOverdraft(reader)
  return { kind: 'account', address, overdraft, span: reader.since(address.span) }
}

function parseOverdraft(reader: TokenReader): 'none' | 'unbounded' | Expression {
  if (reader.accept('allowing') === undefined) return 'none'
  if (reader.accept('unbounded')) {
    reader.expect('overdraft', 'after `allowing unbounded`')
    return 'unbounded'
  }
  reader.expect('overdraft', 'or `unbounded overdraft` after `allowing`')
  reader.expect('up', 'after `allowing overdraft`')
  reader.expect('to', 'after `allowing overdraft up`')
  return parseExpression(reader, 'an amount after `up to`')
}

function parseBlock(reader: TokenReader): Source {
  const { span } = reader.opened(reader.take())
  const items: Item[] = []
  while (!reader.is('}')) {
    reader.line()
    items.push(parseItem(reader))
  }
  if (items.length === 0) reader.unexpected('a source')
  reader.closed(reader.take())
  return blockOf(items, reader.since(span))
}

function parseItem(reader: TokenReader): Item {
  const { span } = reader.peek()
  if (reader.is('{') || reader.is('max')) return parseSource(reader)
  const portion = reader.accept('remaining')
    ? 'remaining'
    : parseExpression(reader, 'a source, a portion or `}`')
  if (portion !== 'remaining' && !reader.is('from')) return parseAccount(reader, portion)
  reader.expect('from', 'after the portion')
  const of = parseSource(reader)
  return { kind: 'item', portion, of, span: reader.since(span) }
}

/** All portions, or none: the first item says which of the two lists this is. */
function blockOf(items: Item[], span: Source['span']): Source {
  const allotted = items.flatMap(item => (item.kind === 'item' ? [item] : []))
  const sources = items.flatMap(item => (item.kind === 'item' ? [] : [item]))
  if (allotted.length === 0) return { kind: 'ordered', sources, span }
  const [stray] = items[0]?.kind === 'item' ? sources : allotted
  if (stray !== undefined) {
    const message = 'a list has portions throughout (`15% from …`) or none'
    refuse('script.syntax', message, stray.span)
  }
  return { kind: 'allotment', items: allotted.map(plain), span }
}

function plain({ portion, of, span }: Allotted<Source>): Allotted<Source> {
  return { portion, of, span }
}
