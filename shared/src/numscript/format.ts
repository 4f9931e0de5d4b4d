/**
 * One way to write a script down: two spaces for each level, one item a line, one space where there
 * is any. Works on the tokens, so that comments and the author's spelling of numbers stay; what a
 * script means never changes, and formatting twice is formatting once.
 */
import type { Token } from './parse/lexer.ts'
import type { Layout, Script } from './syntax.ts'

const INDENT = '  '

/** The script's text, ending in a newline; empty when the script is. */
export function formatScript({ text, tokens, layout }: Script): string {
  const writer = new Writer(layout)
  let end = 0
  for (const token of tokens) {
    if (token.kind === 'end') break
    writer.write(token, text.slice(end, token.span.start).split('\n').length - 1)
    end = token.span.end
  }
  return writer.finish()
}

class Writer {
  readonly #layout: Layout
  readonly #lines: string[] = []
  #line = ''
  #depth = 0
  #previous: Token | undefined
  /** after a block at the outermost level comes an empty line */
  #wantsGap = false

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** @param newlines how many the author had before this token */
  write(token: Token, newlines: number): void {
    if (token.kind === 'comment') this.#writeComment(token, newlines)
    else this.#writeToken(token, newlines)
    this.#previous = token
  }

  finish(): string {
    this.#flush()
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`
  }

  #writeComment({ text }: Token, newlines: number): void {
    const comment = text.replaceAll('\r', '').trimEnd()
    if (newlines > 0 || this.#previous === undefined) {
      this.#begin(newlines)
      this.#line = this.#indented(comment)
    } else if (this.#isFull() || this.#line === '') {
      this.#flush()
      this.#line = this.#indented(comment)
    } else {
      this.#line += ` ${comment}`
    }
  }

  #writeToken(token: Token, newlines: number): void {
    const { start } = token.span
    const closes = this.#layout.closes.has(start)
    if (closes) {
      this.#depth -= 1
      this.#flush()
    } else if (this.#layout.lines.has(start)) {
      this.#begin(newlines)
    }
    if (this.#isFull()) this.#flush()
    if (this.#line !== '') this.#line += `${this.#isTight(token) ? '' : ' '}${token.text}`
    else if (closes || this.#layout.lines.has(start)) this.#line = this.#indented(token.text)
    else this.#line = this.#indented(`${INDENT}${token.text}`)
    if (this.#layout.opens.has(start)) this.#depth += 1
    this.#wantsGap = closes && this.#depth === 0
  }

  /** A new line; the author's empty lines before it become one, except at the head of a block. */
  #begin(newlines: number): void {
    this.#flush()
    const isHead = this.#previous === undefined || this.#layout.opens.has(this.#previous.span.start)
    if (!isHead && (newlines > 1 || this.#wantsGap)) this.#lines.push('')
    this.#wantsGap = false
  }

  #flush(): void {
    if (this.#line !== '') this.#lines.push(this.#line)
    this.#line = ''
  }

  /** After a `//` comment nothing more may come on the line. */
  #isFull(): boolean {
    return this.#previous?.kind === 'comment' && this.#previous.text.startsWith('//')
  }

  #indented(text: string): string {
    return INDENT.repeat(this.#depth) + text
  }

  #isTight(token: Token): boolean {
    const previous = this.#previous
    if (previous === undefined || previous.kind === 'comment') return false
    if ([']', ')', ','].includes(token.text) || ['[', '(', '#!'].includes(previous.text))
      return true
    if (this.#layout.signs.has(previous.span.start)) return true
    if (this.#layout.calls.has(token.span.start)) return true
    const { ratios } = this.#layout
    return ratios.has(token.span.start) || ratios.has(previous.span.start)
  }
}
