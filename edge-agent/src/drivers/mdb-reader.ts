/**
 * The MDB adapter on its serial line as a cashless reader: lines through the bus's state machine,
 * facts out, decisions in. Asks the adapter for its version every few seconds, so that a silent
 * line is a broken line.
 */
import type { Discarded } from '@tillproof/firmware-bridge/frame.ts'
import { lineFramer, type TextLine } from '@tillproof/firmware-bridge/line-framer.ts'
import {
  decodeAdapterLine,
  encodeHostCommand,
  type HostCommand,
  MAX_LINE_BYTES,
} from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import {
  stepVend,
  VEND_OFF,
  type VendFact,
  type VendInput,
} from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import { openSerialLine, type SerialLine, type SerialLineOptions } from '../ports/serial-line.ts'

export type MdbReaderOptions = Pick<
  SerialLineOptions,
  'name' | 'path' | 'baudRate' | 'clock' | 'log' | 'onState'
> & { onFact(fact: VendFact): void }

export type MdbReader = {
  decide(decision: 'approve' | 'deny', ask: number): void
  line: SerialLine
  stop(): Promise<void>
}

const POLL_MS = 3_000
const WATCHDOG_MS = 10_000
/** Every so many polls the reader is switched on again, in case the adapter lost its power. */
const SWITCH_EVERY_POLLS = 10

export function openMdbReader(options: MdbReaderOptions): MdbReader {
  const { clock, log, name, onFact, onState } = options
  let framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
  let reader = VEND_OFF
  let polls = 0
  let cancelPoll = () => {}

  function send(command: HostCommand): void {
    const ask = reader.asks
    void line.write(encodeHostCommand(command)).then(outcome => {
      if (outcome === 'written') return
      log.warn({ port: name, outcome, command: command.kind }, 'unsent')
      // Other outcomes leave it open whether the machine heard; then the sale is presumed.
      if (command.kind === 'approve' && outcome === 'not-open') toReader({ type: 'unsent', ask })
    })
  }

  function toReader(input: VendInput): void {
    const stepped = stepVend(reader, input)
    reader = stepped.state
    for (const command of stepped.commands) send(command)
    for (const fact of stepped.facts) onFact(fact)
  }

  function takeLine(frame: TextLine | Discarded): void {
    const decoded = frame.kind === 'line' ? decodeAdapterLine(frame.text) : frame
    if (decoded.kind === 'discarded') {
      log.debug({ port: name, reason: decoded.reason, bytes: decoded.bytes.length }, 'discarded')
      return
    }
    line.noteGoodFrame()
    toReader({ type: 'line', line: decoded })
  }

  function poll(): void {
    cancelPoll = clock.after(POLL_MS, poll)
    if (line.status().state === 'down') return
    send({ kind: 'version' })
    const vending = reader.phase === 'asked' || reader.phase === 'approved'
    if (++polls % SWITCH_EVERY_POLLS === 0 && !vending) send({ kind: 'switch', on: true })
  }

  const line = openSerialLine({
    ...options,
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = lineFramer({ maxBytes: MAX_LINE_BYTES })
      toReader({ type: 'opened' })
    },
    onChunk(chunk) {
      for (const frame of framer.push(chunk)) takeLine(frame)
    },
    onState(state, detail) {
      if (state === 'down' && reader.phase !== 'off') toReader({ type: 'closed' })
      onState(state, detail)
    },
  })
  cancelPoll = clock.after(POLL_MS, poll)

  return {
    decide: (decision, ask) => toReader({ type: decision, ask }),
    line,
    stop() {
      cancelPoll()
      return line.stop()
    },
  }
}
