/** Rows in the text format of PostgreSQL's COPY: fields between tabs, \N for null. */
import { toHex } from '@tillproof/shared/bytes/hex.ts'

export type CopyField = string | number | bigint | Uint8Array | Date | null

/** One row with its line feed. Strings that hold no character of the format cost a look each. */
export const copyRow = (fields: readonly CopyField[]): string => `${fields.map(text).join('\t')}\n`

function text(field: CopyField): string | number | bigint {
  if (typeof field === 'string')
    return MEANT.test(field) ? field.replace(EACH_MEANT, escapeOf) : field
  if (field === null) return '\\N'
  if (field instanceof Uint8Array) return `\\\\x${toHex(field)}`
  return field instanceof Date ? field.toISOString() : field
}

const MEANT = /[\\\n\r\t]/
const EACH_MEANT = /[\\\n\r\t]/g
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const escapeOf = (character: string): string => ESCAPES[character] ?? character
