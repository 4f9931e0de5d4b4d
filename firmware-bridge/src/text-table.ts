/**
 * Tables for a terminal: columns as wide as their widest cell, numbers to the right.
 * Cells come from machines and files of strangers: whatever could move a cursor is shown as `·`.
 */

export type Column = { title: string; align?: 'right' }

/** Lines of the table, title line first, each indented by two; nothing at all without rows. */
export function textTable(columns: Column[], rows: string[][]): string[] {
  if (rows.length === 0) return []
  const cells = [columns.map(({ title }) => title), ...rows.map(row => row.map(plain))]
  const widths = columns.map((_, at) =>
    cells.reduce((max, row) => Math.max(max, width(row[at])), 0),
  )
  return cells.map(row => {
    const padded = columns.map(({ align }, at) => pad(row[at] ?? '', widths[at] ?? 0, align))
    return `  ${padded.join('  ')}`.trimEnd()
  })
}

/** Text of others made harmless for a terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
}

function width(text: string | undefined): number {
  return [...(text ?? '')].length
}

function pad(text: string, columns: number, align: Column['align']): string {
  const blanks = ' '.repeat(columns - width(text))
  return align === 'right' ? blanks + text : text + blanks
}
