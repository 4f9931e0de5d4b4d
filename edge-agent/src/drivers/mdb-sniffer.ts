/**
 * The Qibixx adapter as a listener on the machine's bus. All that is ever sent is the request to
 * listen, to the adapter; nothing reaches the bus.
 */
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { MAX_LINE_BYTES } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { REORDER_SILENCE_MS } from '@tillproof/firmware-bridge/mdb/reorder.ts'
import { encodeListening } from '@tillproof/firmware-bridge/mdb/sniff-line.ts'
import { mdbSniffer } from '@tillproof/firmware-bridge/mdb/sniffer.ts'
import type { BusFact } from '@tillproof/firmware-bridge/mdb/sniffer-state.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import { type LineDeps, type MachineLine, takesNoDeeds } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** Asked again so often: an adapter that lost its power has forgotten that it listens. */
const ASK_MS = 3_000
const WATCHDOG_MS = 10_000

export function openMdbSniffer(deps: LineDeps): MachineLine {
  const { clock, log, name, currency, onFact } = deps
  const sniffer = mdbSniffer({ currency, assumedScale: null })
  let framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
  let cancelSilence = () => {}

  function tell(facts: BusFact[]): void {
    for (const fact of facts) onFact({ kind: 'seen', fact })
  }

  function hear(text: string): void {
    const heard = sniffer.hear(text)
    if (!Array.isArray(heard)) {
      log.debug({ port: name, reason: heard.reason, bytes: heard.bytes.length }, 'discarded')
      return
    }
    line.noteGoodFrame()
    tell(heard)
  }

  function ask(): void {
    cancelAsk = clock.after(ASK_MS, ask)
    if (line.status().state !== 'down') void line.write(encodeListening(true))
  }

  const line = openSerialLine({
    ...serialOf(deps),
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
      void line.write(encodeListening(true))
    },
    onChunk(chunk) {
      cancelSilence()
      for (const frame of framer.push(chunk)) if (frame.kind === 'line') hear(frame.text)
      cancelSilence = clock.after(REORDER_SILENCE_MS, () => tell(sniffer.silence()))
    },
    onState: deps.onState,
  })
  let cancelAsk = clock.after(ASK_MS, ask)

  return {
    status: line.status,
    do: takesNoDeeds,
    stop() {
      cancelAsk()
      cancelSilence()
      return line.stop()
    },
  }
}
