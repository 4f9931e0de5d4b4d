/**
 * Places in a script's text, and how they are shown to a person: line, column, and the source line
 * with carets under what is meant. What is shown is safe to print: control characters are replaced
 * and a line of a megabyte is cut to a window.
 */

/** Offsets in UTF-16 code units, `end` exclusive. */
export type Span = { start: number; end: number }

/** Both from 1; columns count characters (code points), as an editor does. */
export type Position = { line: number; column: number }

const WINDOW = 90

export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 }
}

/**
 * The line of `span.start` and a line of carets under the span:
 *
 *     7 |   15% to @site
 *       |   ^^^
 */
export function excerptOf(text: string, span: Span): string {
  const { line, column } = positionOf(text, span.start)
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1
  const newline = text.indexOf('\n', span.start)
  const lineEnd = newline === -1 ? text.length : newline
  const characters = [...text.slice(lineStart, lineEnd).replace(/\r$/, '')]
  const wanted = [...text.slice(span.start, Math.min(span.end, lineEnd))].length
  const first = column <= WINDOW / 2 || characters.length <= WINDOW ? 0 : column - 1 - WINDOW / 2
  const shown = characters.slice(first, first + WINDOW).map(printable)
  if (first > 0) shown[0] = '…'
  if (first + WINDOW < characters.length) shown[WINDOW - 1] = '…'
  const indent = ' '.repeat(column - 1 - first)
  const width = Math.max(1, Math.min(wanted, WINDOW - (column - 1 - first)))
  const gutter = ' '.repeat(String(line).length)
  return `  ${line} | ${shown.join('').trimEnd()}\n  ${gutter} | ${indent}${'^'.repeat(width)}`
}

/** Control and direction-changing characters could make a terminal show something else. */
function printable(character: string): string {
  if (character === '\t') return ' '
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character) ? '\u{fffd}' : character
}
