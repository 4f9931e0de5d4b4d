/** What a monitor tells: how far it followed, who cosigned, and everything it found. */
import { exitCodeOf, type Finding, type MonitorExitCode, meanings, placeOf } from './finding.ts'
import type { Round } from './follow.ts'
import type { Memory } from './memory.ts'
import { type BookDay, dayText } from './recompute/day.ts'

export type MonitorReport = {
  origin: string
  /** `ok`: followed and nothing is wrong, by this round or an earlier one. */
  state: 'ok' | 'not-witnessed' | 'wrong' | 'contradicted' | 'empty' | 'unreachable'
  exitCode: MonitorExitCode | 1
  /** Leaves that were read, hashed and found under the signed root. */
  size: number
  newLeaves: number
  /** Device logs whose heads were replayed. */
  devices: number
  cosigners: string[]
  reason: string | null
  /** One day of each book that is recomputed. */
  books: BookDay[]
  /** `file` is relative to the folder; null for what is only said while it lasts. */
  findings: (Finding & { file: string | null })[]
}

/** @param rounds of one look: the log itself, then each checkpoint that was seen elsewhere */
export function reportOf(
  origin: string,
  memory: Memory,
  rounds: readonly Round[],
  books: BookDay[] = [],
): MonitorReport {
  const now = rounds.flatMap(round => ('findings' in round ? round.findings : []))
  const kept = memory.findings()
  const places = new Set(kept.map(placeOf))
  const findings = [
    ...kept.map(({ foundAt: _, ...finding }) => finding),
    ...now
      .filter(finding => !places.has(placeOf(finding)))
      .map(finding => ({ ...finding, file: null })),
  ]
  const [log] = rounds
  const followed = log?.did === 'followed' ? log : undefined
  const unreachable = rounds.find(round => round.did === 'unreachable')
  return {
    origin,
    ...verdictOf(findings, rounds),
    size: memory.followed().peaks.size,
    newLeaves: followed?.newLeaves ?? 0,
    devices: memory.heads(),
    cosigners: followed?.cosigners ?? [],
    reason: unreachable?.did === 'unreachable' ? unreachable.reason : null,
    books,
    findings,
  }
}

/** What is proven stays said, also while the log cannot be reached. */
function verdictOf(
  findings: readonly Finding[],
  rounds: readonly Round[],
): Pick<MonitorReport, 'state' | 'exitCode'> {
  const [log] = rounds
  const isWitnessed = log?.did === 'followed' && log.isWitnessed
  const kinds = findings.map(({ kind }) => kind)
  const exitCode = exitCodeOf(kinds, isWitnessed)
  if (exitCode === 21) return { state: 'contradicted', exitCode }
  if (exitCode === 20) return { state: 'wrong', exitCode }
  if (rounds.some(({ did }) => did === 'unreachable')) return { state: 'unreachable', exitCode: 1 }
  if (log?.did === 'empty') return { state: 'empty', exitCode: 0 }
  return { state: exitCode === 0 ? 'ok' : 'not-witnessed', exitCode }
}

const states: Readonly<Record<MonitorReport['state'], string>> = {
  ok: 'nothing is wrong',
  'not-witnessed': 'nothing is wrong, but the checkpoint lacks the quorum of your policy',
  wrong: 'SOMETHING IS WRONG',
  contradicted: 'CONTRADICTED: keep the proof',
  empty: 'nothing is published yet',
  unreachable: 'the log cannot be reached',
}

export function reportText(report: MonitorReport): string {
  const { origin, size, devices, cosigners, books, findings, reason } = report
  const witnesses = cosigners.length === 0 ? 'nobody' : cosigners.join(', ')
  return [
    `${origin}: ${states[report.state]} (exit ${report.exitCode})`,
    `  ${size} leaves and the heads of ${devices} device logs replayed, cosigned by ${witnesses}`,
    ...(reason === null ? [] : [`  ?  ${reason}`]),
    ...books.flatMap(dayText),
    ...findings.flatMap(linesOf),
  ].join('\n')
}

function linesOf({ kind, origin, leafIndex, detail, file }: MonitorReport['findings'][number]) {
  const place = leafIndex === null ? origin : `${origin}, leaf ${leafIndex}`
  const proof = file === null ? [] : [`       proof: ${file}`]
  return [`  ✗  ${kind}: ${place}: ${detail}`, `       ${meanings[kind]}`, ...proof]
}
