/** A QR scanner on its serial line: codes come out once, however long they are held before it. */
import {
  noteCode,
  SCANNER_SILENCE_MS,
  type ScannerFrame,
  type SeenCode,
  scannerFramer,
} from '@tillproof/firmware-bridge/qr/scanner.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import { type LineDeps, type MachineLine, takesNoDeeds } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** Scanners in continuous mode repeat themselves for as long as a code is in sight. */
const REPEAT_WINDOW_MS = 3_000

export function openScanner(deps: LineDeps): MachineLine {
  const { clock, log, name, onFact } = deps
  let framer = scannerFramer()
  let seen: SeenCode = null
  let cancelSilence = () => {}

  function take(frames: ReturnType<typeof framer.push>): void {
    for (const frame of frames) {
      if (frame.kind === 'discarded') {
        log.debug({ port: name, reason: frame.reason, bytes: frame.bytes.length }, 'discarded')
      } else {
        line.noteGoodFrame()
        takeFrame(frame)
      }
    }
  }

  function takeFrame(frame: ScannerFrame): void {
    if (frame.kind !== 'code') return
    const noted = noteCode(seen, frame.text, clock.monotonicMs(), REPEAT_WINDOW_MS)
    seen = noted.seen
    if (!noted.repeated) onFact({ kind: 'code', text: frame.text })
  }

  const line = openSerialLine({
    ...serialOf(deps),
    onState: deps.onState,
    // A scanner without customers is silent: only an unplug tells that it is gone.
    watchdogMs: null,
    onOpen() {
      framer = scannerFramer()
    },
    onChunk(chunk) {
      cancelSilence()
      take(framer.push(chunk))
      if (framer.bufferedBytes() === 0) return
      cancelSilence = clock.after(SCANNER_SILENCE_MS, () => take(framer.flush()))
    },
  })
  return {
    status: line.status,
    do: takesNoDeeds,
    stop() {
      cancelSilence()
      return line.stop()
    },
  }
}
