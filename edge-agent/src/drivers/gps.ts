/** A GPS receiver on its serial line: positions that may be believed, nothing else. */
import { nmeaFramer, type Sentence } from '@tillproof/firmware-bridge/nmea/framer.ts'
import { readFix } from '@tillproof/firmware-bridge/nmea/position.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import { type LineDeps, type MachineLine, takesNoDeeds } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** Receivers talk every second, with or without a fix. */
const WATCHDOG_MS = 10_000
/** No receiver of ours was made before; a rollover puts the date 1024 weeks back. */
const EARLIEST_MS = Date.UTC(2025, 0, 1)
const DAY_MS = 86_400_000

export function openGps(deps: LineDeps): MachineLine {
  const { clock, log, name, onFact } = deps
  let framer = nmeaFramer()

  function take(sentence: Sentence): void {
    line.noteGoodFrame()
    // Only RMC carries a date, and a position without a sane date is not believed.
    if (sentence.type !== 'RMC') return
    const fix = readFix(sentence, { earliestMs: EARLIEST_MS, latestMs: latestMs(clock.nowMs()) })
    if ('position' in fix) onFact({ kind: 'position', position: fix.position })
    else log.debug({ port: name, refused: fix.refused }, 'no position')
  }

  const line = openSerialLine({
    ...serialOf(deps),
    onState: deps.onState,
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = nmeaFramer()
    },
    onChunk(chunk) {
      for (const frame of framer.push(chunk)) {
        if (frame.kind === 'sentence') take(frame)
        else log.debug({ port: name, reason: frame.reason }, 'discarded')
      }
    },
  })
  return { status: line.status, do: takesNoDeeds, stop: line.stop }
}

/** A gateway without a battery starts in 1970: then its clock is no judge of the receiver's. */
function latestMs(nowMs: number): number {
  return nowMs < EARLIEST_MS ? Number.MAX_SAFE_INTEGER : nowMs + DAY_MS
}
