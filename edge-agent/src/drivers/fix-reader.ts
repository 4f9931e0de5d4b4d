/** NMEA bytes, from their own line or from behind a bridge, to positions that may be believed. */
import type { Discarded } from '@tillproof/firmware-bridge/frame.ts'
import { nmeaFramer, type Sentence } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { readFix } from '@tillproof/firmware-bridge/nmea/position.ts'
import type { LineDeps } from './line.ts'

export type FixReader = {
  /** Answers how many sentences were whole, with or without a fix. */
  push(chunk: Uint8Array): number
  /** A new line: what was begun before is forgotten. */
  reset(): void
}

/** No receiver of ours was made before; a rollover puts the date 1024 weeks back. */
const EARLIEST_MS = Date.UTC(2025, 0, 1)
const DAY_MS = 86_400_000

export function fixReader({
  clock,
  log,
  name,
  onFact,
}: Pick<LineDeps, 'clock' | 'log' | 'name' | 'onFact'>): FixReader {
  let framer = nmeaFramer()

  function take(sentence: Sentence): void {
    // Only RMC carries a date, and a position without a sane date is not believed.
    if (sentence.type !== 'RMC') return
    const fix = readFix(sentence, { earliestMs: EARLIEST_MS, latestMs: latestMs(clock.nowMs()) })
    if ('position' in fix) onFact({ kind: 'position', position: fix.position })
    else log.debug({ port: name, refused: fix.refused }, 'no position')
  }

  function isSentence(frame: Sentence | Discarded): frame is Sentence {
    if (frame.kind === 'discarded') log.debug({ port: name, reason: frame.reason }, 'discarded')
    return frame.kind === 'sentence'
  }

  return {
    push(chunk) {
      const sentences = framer.push(chunk).filter(isSentence)
      sentences.forEach(take)
      return sentences.length
    },
    reset() {
      framer = nmeaFramer()
    },
  }
}

/** A gateway without a battery starts in 1970: then its clock is no judge of the receiver's. */
function latestMs(nowMs: number): number {
  return nowMs < EARLIEST_MS ? Number.MAX_SAFE_INTEGER : nowMs + DAY_MS
}
