/**
 * Whether an audit arrived as the machine wrote it.
 *
 *   ST*001*0001   ┐            ┐
 *   …             │ G85: CRC   │ SE: number of segments,
 *   …             ┘            │ ST and SE included
 *   G85*F4D0                   │
 *   SE*349*0001                ┘
 *
 * G85 is CRC-16/ARC over the bytes from `ST` to the CRLF before `G85`, four hex digits, high byte
 * first. Files saved with LF are put back to CRLF before checking. Real machines miscount SE, and
 * cut-off files have neither: both are graded, neither makes an audit worthless by itself.
 */
import { crc16Arc } from '../crc.ts'
import { type AuditLine, wholeNumber } from './segment.ts'

export type Grade = 'ok' | 'bad' | 'absent'

export type Integrity = {
  g85: Grade
  se: Grade
  /** As written in the file, and as computed over it; null where there is nothing to say. */
  g85Declared: string | null
  g85Computed: string | null
  seDeclared: number | null
  seCounted: number | null
}

const CRLF = Uint8Array.of(0x0d, 0x0a)

/** Grades of the whole file: of several transaction sets the worst counts. */
export function checkIntegrity(lines: AuditLine[]): { integrity: Integrity; warnings: string[] } {
  const sets = transactionSets(lines)
  const checked = sets.map(checkSet)
  const [first = NOTHING, ...others] = checked.map(({ integrity }) => integrity)
  return {
    integrity: others.reduce(worse, first),
    warnings: [...checked.flatMap(it => it.warnings), ...checkEnvelope(lines, sets.length)],
  }
}

const NOTHING: Integrity = {
  g85: 'absent',
  se: 'absent',
  g85Declared: null,
  g85Computed: null,
  seDeclared: null,
  seCounted: null,
}

/** From each ST to its SE; what lies before the first ST and after an SE belongs to no set. */
function transactionSets(lines: AuditLine[]): AuditLine[][] {
  const sets: AuditLine[][] = []
  let open: AuditLine[] | null = null
  for (const line of lines) {
    const id = line.segment?.id
    if (id === 'ST' || (open === null && id === 'G85')) {
      open = []
      sets.push(open)
    }
    open?.push(line)
    if (id === 'SE') open = null
  }
  return sets
}

type Checked = { integrity: Integrity; warnings: string[] }

function checkSet(set: AuditLine[]): Checked {
  const crc = checkCrc(set)
  const count = checkCount(set)
  return {
    integrity: { ...NOTHING, ...crc.found, ...count.found },
    warnings: [...crc.warnings, ...count.warnings],
  }
}

type Found = { found: Partial<Integrity>; warnings: string[] }

function checkCrc(set: AuditLine[]): Found {
  const at = set.findIndex(({ segment }) => segment?.id === 'G85')
  const declared = set[at]?.segment?.fields[0]?.trim().toUpperCase()
  if (declared === undefined) return { found: {}, warnings: [] }
  if (set[0]?.segment?.id !== 'ST') {
    const found: Found['found'] = { g85: 'bad', g85Declared: declared }
    return { found, warnings: ['G85 has no ST before it: there is nothing it could cover'] }
  }
  const sum = set.slice(0, at).reduce((crc, { bytes }) => crc16Arc(CRLF, crc16Arc(bytes, crc)), 0)
  const computed = hex4(sum)
  const ok = declared === computed
  const swapped = !ok && declared === hex4(((sum & 0xff) << 8) | (sum >> 8))
  return {
    found: { g85: ok ? 'ok' : 'bad', g85Declared: declared, g85Computed: computed },
    warnings: swapped ? ['G85 is right with its two bytes exchanged'] : [],
  }
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}

function checkCount(set: AuditLine[]): Found {
  const at = set.findIndex(({ segment }) => segment?.id === 'SE')
  const end = set[at]?.segment
  if (end === null || end === undefined) return { found: {}, warnings: [] }
  const declared = wholeNumber(end.fields[0])
  const warnings: string[] = []
  const [begun, ended] = [set[0]?.segment?.fields[1]?.trim(), end.fields[1]?.trim()]
  if (set[0]?.segment?.id === 'ST' && begun !== ended) {
    warnings.push(`ST and SE carry different control numbers, ${begun ?? ''} and ${ended ?? ''}`)
  }
  return {
    found: {
      se: declared === BigInt(at + 1) ? 'ok' : 'bad',
      seDeclared: declared === null ? null : Number(declared),
      seCounted: at + 1,
    },
    warnings,
  }
}

function worse(one: Integrity, other: Integrity): Integrity {
  const g85 = badness(other.g85) > badness(one.g85) ? other : one
  const se = badness(other.se) > badness(one.se) ? other : one
  return {
    g85: g85.g85,
    g85Declared: g85.g85Declared,
    g85Computed: g85.g85Computed,
    se: se.se,
    seDeclared: se.seDeclared,
    seCounted: se.seCounted,
  }
}

function badness(grade: Grade): number {
  return ['ok', 'absent', 'bad'].indexOf(grade)
}

/** DXS … DXE around everything: their absence means that a file was cut or put together. */
function checkEnvelope(lines: AuditLine[], sets: number): string[] {
  const begin = lines.find(({ segment }) => segment?.id === 'DXS')?.segment
  const end = lines.find(({ segment }) => segment?.id === 'DXE')?.segment
  const warnings: string[] = []
  if (begin === undefined) warnings.push('DXS is absent: the file does not say who sent it')
  if (end === undefined) warnings.push('DXE is absent: the file may be cut off')
  const declared = wholeNumber(end?.fields[1])
  if (declared !== null && declared !== BigInt(sets)) {
    warnings.push(`DXE declares ${declared} transaction sets, the file has ${sets}`)
  }
  return warnings
}
