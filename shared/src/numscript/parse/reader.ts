/**
 * The parser's cursor over the tokens. It counts how deep the parser has gone, so that a script of
 * a hundred thousand brackets is refused long before the stack ends, and collects layout marks.
 */

import { refuse } from '../fault.ts'
import { refuseExperimental } from '../features.ts'
import type { Span } from '../span.ts'
import type { Layout } from '../syntax.ts'
import type { Token } from './lexer.ts'

/** Blocks, brackets, `max … from` and signs may be nested this deep, all counted together. */
export const MAX_DEPTH = 64

export class TokenReader {
  readonly layout: Layout = {
    lines: new Set(),
    opens: new Set(),
    closes: new Set(),
    signs: new Set(),
    calls: new Set(),
    ratios: new Set(),
  }
  readonly #tokens: Token[]
  readonly #end: Token
  #at = 0
  #depth = 0

  constructor(tokens: Token[], length: number) {
    this.#tokens = tokens.filter(({ kind }) => kind !== 'comment')
    this.#end = { kind: 'end', text: '', span: { start: length, end: length } }
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end
  }

  take(): Token {
    const token = this.peek()
    this.#at += 1
    return token
  }

  /** Whether the next token is this word or mark; strings are never mistaken for words. */
  is(text: string): boolean {
    const token = this.peek()
    return (token.kind === 'word' || token.kind === 'mark') && token.text === text
  }

  accept(text: string): Token | undefined {
    return this.is(text) ? this.take() : undefined
  }

  /** @param why completes "expected `text` …". */
  expect(text: string, why: string): Token {
    return this.accept(text) ?? this.unexpected(`\`${text}\` ${why}`)
  }

  /** The span from `start` to the end of the last token taken. */
  since(start: Span): Span {
    const last = this.#tokens[this.#at - 1] ?? this.#end
    return { start: start.start, end: Math.max(last.span.end, start.end) }
  }

  /** Refuses the next token, by the experimental feature's name where it is the word of one. */
  unexpected(expected: string): never {
    const { kind, text, span } = this.peek()
    if (kind === 'word') refuseExperimental(text, span)
    const found = kind === 'end' ? 'the script ends' : `found ${shorten(text)}`
    return refuse('script.syntax', `expected ${expected}, but ${found}`, span)
  }

  deeper<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) {
      const message = `this is nested more than ${MAX_DEPTH} deep`
      refuse('script.too-deep', message, this.peek().span)
    }
    this.#depth += 1
    try {
      return parse()
    } finally {
      this.#depth -= 1
    }
  }

  /** Marks the next token as the first of a line. */
  line(): void {
    this.layout.lines.add(this.peek().span.start)
  }

  opened(token: Token): Token {
    this.layout.opens.add(token.span.start)
    return token
  }

  closed(token: Token): Token {
    this.layout.closes.add(token.span.start)
    return token
  }
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
