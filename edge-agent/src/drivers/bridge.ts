/**
 * A microcontroller bridge (docs/wire/bridge.md): pulse counters and contacts as points, outputs to
 * write to, and the receiver's positions where one hangs behind it. What the bridge tells is safe
 * with us when it is on the disk together with the memory of it; only then the bridge may forget.
 */
import {
  BRIDGE_SILENCE_MS,
  type BridgeFrame,
  bridgeFramer,
} from '@tillproof/firmware-bridge/bridge/framer.ts'
import type { Discarded } from '@tillproof/firmware-bridge/frame.ts'
import { openSerialLine } from '../ports/serial-line.ts'
import type { TimedWrite } from '../session/timed-state.ts'
import { pointsOfBridge } from './bridge-points.ts'
import { type BridgeSession, runBridge } from './bridge-session.ts'
import { fixReader } from './fix-reader.ts'
import type { LineDeps, MachineLine } from './line.ts'
import { serialOf } from './serial-settings.ts'

/** A heartbeat comes every second. */
const WATCHDOG_MS = 10_000
const LOOK_EVERY_MS = 400

export function openBridge(deps: LineDeps): MachineLine {
  const { clock, log, name, onFact } = deps
  const fixes = fixReader(deps)
  const session = runBridge(deps, {
    send: bytes => void line.write(bytes),
    onSilent: () => onFact({ kind: 'silent' }),
    onGnss: bytes => void fixes.push(bytes),
  })
  let framer = bridgeFramer()
  let cancelSilence = () => {}

  function hear(frame: BridgeFrame | Discarded): void {
    if (frame.kind !== 'discarded') line.noteGoodFrame()
    else log.debug({ port: name, reason: frame.reason }, 'discarded')
    session.feed({ type: 'heard', frame })
  }

  function look(): void {
    cancelLook = clock.after(LOOK_EVERY_MS, look)
    const memory = line.status().state === 'up' ? session.memory() : null
    if (memory !== null) onFact({ kind: 'points', points: pointsOfBridge(memory) })
  }

  const line = openSerialLine({
    ...serialOf(deps),
    watchdogMs: WATCHDOG_MS,
    onOpen() {
      framer = bridgeFramer()
      session.feed({ type: 'opened' })
    },
    onChunk(chunk) {
      cancelSilence()
      for (const frame of framer.push(chunk)) hear(frame)
      if (framer.bufferedBytes() === 0) return
      cancelSilence = clock.after(BRIDGE_SILENCE_MS, () => framer.flush().forEach(hear))
    },
    onState(state, detail) {
      deps.onState(state, detail)
      if (state !== 'down') return
      session.feed({ type: 'closed' })
      onFact({ kind: 'silent' })
    },
  })
  let cancelLook = clock.after(LOOK_EVERY_MS, look)

  return {
    status: line.status,
    do: deed => (deed.type === 'write' ? write(deps, session, deed.write) : Promise.resolve(false)),
    async stop() {
      cancelLook()
      cancelSilence()
      await line.stop()
      await session.stop()
    },
  }
}

/** Pulses end with the first that is not confirmed: the relay may have moved. */
async function write(
  { clock }: LineDeps,
  session: BridgeSession,
  deed: TimedWrite,
): Promise<boolean> {
  const number = /^output(\d+)$/.exec(deed.point)?.[1]
  if (number === undefined) return false
  const output = Number(number)
  if (!('pulses' in deed)) return await session.switchOutput(output, deed.value !== 0, 0)
  for (let sent = 0; sent < deed.pulses; sent++) {
    if (!(await session.switchOutput(output, true, deed.widthMs))) return false
    await new Promise<void>(resolve => clock.after(2 * deed.widthMs, resolve))
  }
  return true
}
