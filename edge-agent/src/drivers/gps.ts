/** A GPS receiver on its serial line: positions that may be believed, nothing else. */
import { openSerialLine } from '../ports/serial-line.ts'
import { fixReader } from './fix-reader.ts'
import { type LineDeps, type MachineLine, takesNoDeeds } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** Receivers talk every second, with or without a fix. */
const WATCHDOG_MS = 10_000

export function openGps(deps: LineDeps): MachineLine {
  const fixes = fixReader(deps)
  const line = openSerialLine({
    ...serialOf(deps),
    onState: deps.onState,
    watchdogMs: WATCHDOG_MS,
    onOpen: fixes.reset,
    onChunk(chunk) {
      if (fixes.push(chunk) > 0) line.noteGoodFrame()
    },
  })
  return { status: line.status, do: takesNoDeeds, stop: line.stop }
}
