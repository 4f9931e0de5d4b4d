/**
 * All positions of a recording: which are believed, which are refused and why.
 * Lines that begin with `#` are notes of whoever recorded it, not the receiver's.
 */
import type { DiscardReason } from '../frame.ts'
import { nmeaFramer, type Sentence } from './framer.ts'
import { type DateLimits, type Fix, type NoFix, readFix } from './position.ts'

export type FixReport = {
  /** Sentences with a good checksum, of whatever kind. */
  sentences: number
  fixes: (Fix & { line: number })[]
  /** The first {@link MAX_REFUSED}; all of them are in the counts. */
  refused: { line: number; source: string; reason: RefusalReason; text: string }[]
  refusedByReason: Map<RefusalReason, number>
}

export type RefusalReason = NoFix['refused'] | DiscardReason

/** A file of nothing but noise must not fill the memory with refusals. */
export const MAX_REFUSED = 10_000
/** Longer than any sentence, so that only noise is cut here. */
const MAX_PIECE_BYTES = 4096

const LF = 0x0a
const HASH = 0x23

/** `bytes`: the recording as it is; lines are counted from 1. Never throws. */
export function readFixes(bytes: Uint8Array, limits: DateLimits): FixReport {
  const framer = nmeaFramer()
  const report: FixReport = { sentences: 0, fixes: [], refused: [], refusedByReason: new Map() }
  let line = 1
  let isComment = bytes[0] === HASH
  for (let at = 0; at < bytes.length; ) {
    const piece = pieceAt(bytes, at)
    if (!isComment) note(report, framer.push(piece), line, limits)
    at += piece.length
    if (piece.at(-1) === LF) {
      line++
      isComment = bytes[at] === HASH
    }
  }
  note(report, framer.flush(), line, limits)
  return report
}

/** Up to and with the next line feed, but never much at once. */
function pieceAt(bytes: Uint8Array, at: number): Uint8Array {
  const window = bytes.subarray(at, at + MAX_PIECE_BYTES)
  const end = window.indexOf(LF)
  return end === -1 ? window : window.subarray(0, end + 1)
}

type Frames = ReturnType<ReturnType<typeof nmeaFramer>['push']>

function note(report: FixReport, frames: Frames, line: number, limits: DateLimits): void {
  for (const frame of frames) {
    if (frame.kind === 'sentence') noteSentence(report, frame, line, limits)
    else {
      const text = String.fromCharCode(...frame.bytes)
      refuse(report, { line, source: 'bytes', reason: frame.reason, text })
    }
  }
}

/** Sentences without a position are counted and not refused: nobody asked them for one. */
function noteSentence(
  report: FixReport,
  sentence: Sentence,
  line: number,
  limits: DateLimits,
): void {
  report.sentences++
  const fix = readFix(sentence, limits)
  if ('position' in fix) report.fixes.push({ line, ...fix })
  else if (fix.refused !== 'other-sentence') {
    const text = sentence.fields.join(',')
    refuse(report, { line, source: sentence.type, reason: fix.refused, text })
  }
}

function refuse(report: FixReport, refusal: FixReport['refused'][number]): void {
  const { reason } = refusal
  report.refusedByReason.set(reason, (report.refusedByReason.get(reason) ?? 0) + 1)
  if (report.refused.length < MAX_REFUSED) report.refused.push(refusal)
}
