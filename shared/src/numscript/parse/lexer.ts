/**
 * Text → tokens. Comments are tokens too, so that the formatter can keep them; the parser never
 * sees them. Every pattern is matched once at each place and none can backtrack, so that noise of
 * any length costs time in proportion.
 */

import { refuse } from '../fault.ts'
import { refuseCharacter } from '../features.ts'
import type { Span } from '../span.ts'

export type TokenKind =
  | 'word'
  | 'variable'
  | 'asset'
  | 'account'
  | 'string'
  | 'number'
  | 'percentage'
  | 'mark'
  | 'comment'
  | 'end'

/** `text` is the source as written: with the `$`, the `@`, the quotes, the underscores. */
export type Token = { kind: TokenKind; text: string; span: Span }

export const MAX_SCRIPT_CHARACTERS = 131_072
const MAX_NUMBER_CHARACTERS = 100

const PATTERNS: readonly (readonly [kind: TokenKind, pattern: RegExp])[] = [
  ['comment', /\/\/[^\r\n]*/y],
  ['percentage', /\d+(?:\.\d+)?%/y],
  ['number', /\d+(?:_\d+)*/y],
  ['variable', /\$[a-z_][a-z0-9_]*/y],
  ['account', /@[A-Za-z0-9_-]+(?::[A-Za-z0-9_-]+)*/y],
  ['asset', /[A-Z][A-Z0-9]*(?:\/\d+)?/y],
  ['word', /[a-z][a-z_]*/y],
  ['string', /"(?:\\"|[^"\\\r\n]|\\(?!"))*"/y],
  ['mark', /#!|[()[\]{},=*+\-/]/y],
]
const SPACE = /[ \t\r\n]*/y
const BYTE_ORDER_MARK = '\u{feff}'

/** Ends with one token of kind 'end'. Throws a Refusal at the first thing that is no token. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_SCRIPT_CHARACTERS) {
    const message = `the script has ${text.length} characters, ${MAX_SCRIPT_CHARACTERS} are allowed`
    refuse('script.too-long', message, { start: 0, end: 0 })
  }
  const tokens: Token[] = []
  let at = skipSpace(text, text.startsWith(BYTE_ORDER_MARK) ? 1 : 0)
  while (at < text.length) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at = skipSpace(text, token.span.end)
  }
  tokens.push({ kind: 'end', text: '', span: { start: text.length, end: text.length } })
  return tokens
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  return at + (SPACE.exec(text)?.[0].length ?? 0)
}

function tokenAt(text: string, at: number): Token {
  if (text.startsWith('/*', at)) return blockComment(text, at)
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined) continue
    const token = { kind, text: found, span: { start: at, end: at + found.length } }
    checkToken(text, token)
    return token
  }
  return refuseCharacter(text, at)
}

/** Comments nest: a script that already has comments can be commented out as a whole. */
function blockComment(text: string, start: number): Token {
  const bounds = /\/\*|\*\//g
  bounds.lastIndex = start
  let depth = 0
  for (let found = bounds.exec(text); found !== null; found = bounds.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth > 0) continue
    const end = found.index + 2
    return { kind: 'comment', text: text.slice(start, end), span: { start, end } }
  }
  return refuse('script.syntax', 'this comment has no end', { start, end: start + 2 })
}

function checkToken(text: string, { kind, text: found, span }: Token): void {
  const isNumeric = kind === 'number' || kind === 'percentage'
  if (isNumeric && found.length > MAX_NUMBER_CHARACTERS) {
    const message = `a number has at most ${MAX_NUMBER_CHARACTERS} digits`
    refuse('script.number', message, span)
  }
  if (kind === 'account' && text[span.end] === ':') refuseCharacter(text, span.end)
}
