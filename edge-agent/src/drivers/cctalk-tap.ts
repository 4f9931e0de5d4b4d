/**
 * Listens to a coin acceptor and its host on their one wire, and tells what the acceptor answers
 * when it is asked for its coins. Nothing is ever sent: the host is the machine's own.
 */
import {
  type CctalkFrame,
  COIN_ACCEPTOR_ADDRESS,
  HEADERS,
  HOST_ADDRESS,
} from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { CCTALK_SILENCE_MS, cctalkFramer } from '@tillproof/firmware-bridge/cctalk/framer.ts'
import type { Discarded } from '@tillproof/firmware-bridge/frame.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import { type LineDeps, type MachineLine, takesNoDeeds } from './line.ts'
import { serialOf } from './serial-settings.ts'

export function openCctalkTap(deps: LineDeps): MachineLine {
  const { clock, log, name, onFact } = deps
  let framer = cctalkFramer()
  let asked: number | null = null
  let cancelSilence = () => {}

  function take(frame: CctalkFrame | Discarded): void {
    if (frame.kind === 'discarded') {
      log.debug({ port: name, reason: frame.reason, bytes: frame.bytes.length }, 'discarded')
      return
    }
    line.noteGoodFrame()
    if (frame.source === HOST_ADDRESS) asked = frame.header
    else if (frame.source === COIN_ACCEPTOR_ADDRESS) answered(frame)
  }

  /** A reply does not say to what: it belongs to the question before it. */
  function answered({ header, data }: CctalkFrame): void {
    const isCredits = asked === HEADERS.readCredits && header === HEADERS.reply
    asked = null
    if (isCredits) onFact({ kind: 'credits', buffered: data })
  }

  const line = openSerialLine({
    ...serialOf(deps),
    // A machine that is off for the night says nothing.
    watchdogMs: null,
    onOpen() {
      framer = cctalkFramer()
      asked = null
    },
    onChunk(chunk) {
      cancelSilence()
      for (const frame of framer.push(chunk)) take(frame)
      if (framer.bufferedBytes() === 0) return
      cancelSilence = clock.after(CCTALK_SILENCE_MS, () => framer.flush().forEach(take))
    },
    onState: deps.onState,
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
