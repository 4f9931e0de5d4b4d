/**
 * A cashless reader behind any adapter: what the adapter says goes through the bus's state machine,
 * facts out, decisions in. The adapters differ in their dialect only. A cash sale of the machine is
 * none of the reader's business and goes past that machine.
 */
import type { Discarded, Framer } from '@tillproof/firmware-bridge/frame.ts'
import type { AdapterLine, HostCommand } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { stepVend, VEND_OFF, type VendInput } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { ToldCashSale } from '@tillproof/firmware-bridge/mdb/waferlife-reader.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import type { LineDeed, LineDeps, MachineLine } from './line.ts'
import { serialOf } from './serial-settings.ts'

export type ReaderDialect<Frame> = {
  framer(): Framer<Frame>
  /** `unpriced`: a request whose price cannot be said; it is denied. */
  read(frame: Frame): AdapterLine | Discarded | ToldCashSale | { kind: 'unpriced' }
  /** Null: the adapter knows no such command, or it cannot be said. */
  encode(command: HostCommand): Uint8Array | null
  /** Longest silence of an adapter that answers our questions; null where it may be silent. */
  watchdogMs: number | null
}

const POLL_MS = 3_000
/** Every so many polls the reader is switched again, in case the adapter lost its power. */
const SWITCH_EVERY_POLLS = 10

export function openVendReader<Frame extends { kind: string }>(
  deps: LineDeps,
  dialect: ReaderDialect<Frame>,
): MachineLine {
  const { clock, log, name, onFact, onState } = deps
  let framer = dialect.framer()
  let reader = VEND_OFF
  let isOnSale = true
  let isSwitchDue = false
  let polls = 0

  function send(wanted: HostCommand): void {
    const command = wanted.kind === 'switch' ? { ...wanted, on: isOnSale } : wanted
    const ask = reader.asks
    const bytes = dialect.encode(command)
    if (bytes === null) {
      if (command.kind === 'approve') toReader({ type: 'unsent', ask })
      return
    }
    void line.write(bytes).then(outcome => {
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
    for (const fact of stepped.facts) onFact({ kind: 'vend', fact })
  }

  function take(frame: Frame | Discarded): void {
    const said = frame.kind === 'discarded' ? (frame as Discarded) : dialect.read(frame as Frame)
    if (said.kind === 'discarded') {
      log.debug({ port: name, reason: said.reason, bytes: said.bytes.length }, 'discarded')
      return
    }
    line.noteGoodFrame()
    if (said.kind === 'unpriced') send({ kind: 'deny' })
    else if (said.kind === 'cash-sale') tellCashSale(said)
    else toReader({ type: 'line', line: said })
  }

  /** As a listener on the bus tells it: nothing is asked, and nothing is to be answered. */
  function tellCashSale(said: ToldCashSale): void {
    const atTenthMs = Math.round(clock.monotonicMs() * 10)
    onFact({ kind: 'seen', fact: { ...said, atTenthMs } })
  }

  function poll(): void {
    cancelPoll = clock.after(POLL_MS, poll)
    if (line.status().state === 'down') return
    send({ kind: 'version' })
    // A request that cannot be served is no reason to stay on.
    const isVending = reader.phase === 'approved' || (reader.phase === 'asked' && isOnSale)
    const isTime = ++polls % SWITCH_EVERY_POLLS === 0 || isSwitchDue
    if (!isTime || isVending) return
    isSwitchDue = false
    send({ kind: 'switch', on: isOnSale })
  }

  const line = openSerialLine({
    ...serialOf(deps),
    watchdogMs: dialect.watchdogMs,
    onOpen() {
      framer = dialect.framer()
      toReader({ type: 'opened' })
    },
    onChunk(chunk) {
      for (const frame of framer.push(chunk)) take(frame)
    },
    onState(state, detail) {
      if (state === 'down' && reader.phase !== 'off') toReader({ type: 'closed' })
      onState(state, detail)
    },
  })
  let cancelPoll = clock.after(POLL_MS, poll)

  function carryOut(deed: LineDeed): boolean {
    if (deed.type === 'write') return false
    if (deed.type === 'on-sale') {
      isSwitchDue ||= deed.on !== isOnSale
      isOnSale = deed.on
    } else toReader(deed)
    return true
  }

  return {
    status: line.status,
    do: deed => Promise.resolve(carryOut(deed)),
    stop() {
      cancelPoll()
      return line.stop()
    },
  }
}
