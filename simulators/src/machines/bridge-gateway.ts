/**
 * For tests: a gateway that does with a bridge what its driver does, on a real serial line, with a
 * disk that takes its time. It can be killed: then only what the disk had taken is left.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { openSerialLine, type SerialLine } from '@tillproof/edge-agent/ports/serial-line.ts'
import { bridgeFramer } from '@tillproof/firmware-bridge/bridge/framer.ts'
import type { BridgeFact, BridgeMemory } from '@tillproof/firmware-bridge/bridge/memory.ts'
import { stepBridge } from '@tillproof/firmware-bridge/bridge/session.ts'
import {
  type BridgeEffect,
  type BridgeInput,
  type BridgeState,
  newBridge,
  type SwitchOutcome,
} from '@tillproof/firmware-bridge/bridge/session-state.ts'

/** What survives the gateway. */
export type Disk = { facts: BridgeFact[]; memory: string | null }

export type BridgeGateway = {
  state(): BridgeState
  /** The receiver's bytes as text, and how many were said to be missing. */
  gnss(): { text: string; missing: number }
  switchOutput(output: number, on: boolean, forMs?: number): Promise<SwitchOutcome>
  /** Drops everything that is not on the disk. */
  kill(): Promise<void>
}

const SYNC_MS = 5
const quiet = () => undefined
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** `session`: another one for each start, not 0. */
export function startGateway(path: string, disk: Disk, session: number): BridgeGateway {
  const memory: BridgeMemory | null = disk.memory === null ? null : JSON.parse(disk.memory)
  const answers = new Map<string, (outcome: SwitchOutcome) => void>()
  const timers = new Map<string, () => void>()
  const heard = { text: '', missing: 0 }
  let state = newBridge(session, memory)
  let isAlive = true
  let commands = 0
  let writing = Promise.resolve()

  function feed(input: BridgeInput): void {
    if (!isAlive) return
    const step = stepBridge(state, input)
    state = step.state
    for (const effect of step.effects) carryOut(effect)
  }

  function carryOut(effect: BridgeEffect): void {
    switch (effect.type) {
      case 'send':
        void line.write(effect.bytes)
        break
      case 'timer':
        timers.get(effect.id)?.()
        timers.set(
          effect.id,
          systemClock.after(effect.ms, () => feed({ type: 'timer', id: effect.id })),
        )
        break
      case 'stop-timer':
        timers.get(effect.id)?.()
        break
      case 'keep':
        writing = writing.then(() => keep(effect.facts, effect.memory))
        break
      case 'gnss':
        heard.text += String.fromCharCode(...effect.bytes)
        heard.missing += effect.missing
        break
      case 'switched':
        answers.get(effect.id)?.(effect.outcome)
        break
      case 'connected':
      case 'silent':
        break
    }
  }

  async function keep(facts: BridgeFact[], kept: BridgeMemory): Promise<void> {
    await sleep(SYNC_MS)
    if (!isAlive) return
    disk.facts.push(...facts)
    disk.memory = JSON.stringify(kept)
    feed({ type: 'kept', memory: kept })
  }

  const line = openLine(path, feed)

  return {
    state: () => state,
    gnss: () => heard,
    switchOutput(output, on, forMs = 0) {
      const id = String(commands++)
      return new Promise(resolve => {
        answers.set(id, resolve)
        feed({ type: 'switch', command: { id, output, on, forMs } })
      })
    },
    async kill() {
      isAlive = false
      for (const cancel of timers.values()) cancel()
      await line.stop()
    },
  }
}

function openLine(path: string, feed: (input: BridgeInput) => void): SerialLine {
  let framer = bridgeFramer()
  return openSerialLine({
    name: 'bridge',
    path,
    baudRate: 115_200,
    clock: systemClock,
    log: SILENT,
    watchdogMs: null,
    onOpen() {
      framer = bridgeFramer()
      feed({ type: 'opened' })
    },
    onChunk(chunk) {
      for (const frame of framer.push(chunk)) feed({ type: 'heard', frame })
    },
    onState(state) {
      if (state === 'down') feed({ type: 'closed' })
    },
  })
}
