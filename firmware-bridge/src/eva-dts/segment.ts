/**
 * The lines of an EVA-DTS audit file.
 *
 *   VA1*586530*9612*586530*9592 CR LF       segment VA1; its second field is element VA102
 *
 * Files come from machines, handhelds and mail programs: with CRLF, LF or CR, with blank lines,
 * with a mark of some editor in front. All of that is read; a line that is no segment is kept for
 * the checksum and named in the warnings. Nothing in a file makes this throw.
 *
 * Vocabulary: segment = a line · element = a field by its name in the standard (segment's id and
 * two digits) · lifetime = since the machine was initialised, never reset · interval = since the
 * last collection.
 */

export type Segment = {
  id: string
  /** Without the id: `fields[0]` is element 01. */
  fields: string[]
  /** Counted from 1, blank lines included, as an editor shows it. */
  line: number
}

export type AuditLine = { line: number; bytes: Uint8Array; segment: Segment | null }

export type AuditRefusal = 'empty' | 'too-large' | 'not-an-audit'

/** The longest audits known are below 100 KB; more is no audit or an attack. */
export const MAX_AUDIT_BYTES = 1_048_576
export const MAX_LINE_BYTES = 1024
export const MAX_FIELDS = 64

const CR = 0x0d
const LF = 0x0a
const ID = /^[A-Z][A-Z0-9]{1,7}$/
/** The families of the standard's data dictionary, and the envelope. */
const KNOWN =
  /^(DXS|DXE|ST|SE|G85|(AM|BA|BC|CA|CB|DA|DB|EA|FA|HA|ID|LA|MA|MC|PA|PP|SA|SD|TA|VA)\d+)$/

/** All lines that hold anything, in order; or why the bytes are no audit at all. */
export function readLines(bytes: Uint8Array): AuditLine[] | { refused: AuditRefusal } {
  if (bytes.length > MAX_AUDIT_BYTES) return { refused: 'too-large' }
  const lines = splitLines(withoutMark(bytes))
  if (lines.length === 0) return { refused: 'empty' }
  const isAudit = lines.some(({ segment }) => segment !== null && isKnown(segment))
  return isAudit ? lines : { refused: 'not-an-audit' }
}

/** A segment of the standard; others belong to makers. */
export function isKnown(segment: Segment): boolean {
  return segment.fields.length > 0 && KNOWN.test(segment.id)
}

/** Editors write EF BB BF in front of text. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return marked ? bytes.subarray(3) : bytes
}

function splitLines(bytes: Uint8Array): AuditLine[] {
  const lines: AuditLine[] = []
  let start = 0
  let line = 1
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== CR && byte !== LF && at < bytes.length) continue
    const content = bytes.subarray(start, at)
    if (content.some(isInk)) {
      lines.push({ line, bytes: content, segment: readSegment(content, line) })
    }
    if (byte === CR && bytes[at + 1] === LF) at++
    start = at + 1
    line++
  }
  return lines
}

/** Blanks, NUL and the end-of-file mark of old systems make no line. */
function isInk(byte: number): boolean {
  return byte > 0x20
}

function readSegment(bytes: Uint8Array, line: number): Segment | null {
  if (bytes.length > MAX_LINE_BYTES) return null
  const [id = '', ...fields] = String.fromCharCode(...bytes).split('*')
  if (!ID.test(id.trim()) || fields.length > MAX_FIELDS) return null
  return { id: id.trim(), fields, line }
}

/** Name of an element: segment CA15, first field → `CA1501`. */
export function elementName(id: string, index: number): string {
  return `${id}${String(index + 1).padStart(2, '0')}`
}

/**
 * A whole number as the standard writes them, blanks around it forgiven; null when there is none.
 * Fifteen digits are more than any meter has, and stay exact as a JSON number.
 */
export function wholeNumber(text: string | undefined): bigint | null {
  const trimmed = text?.trim() ?? ''
  return /^-?\d{1,15}$/.test(trimmed) ? BigInt(trimmed) : null
}
