/**
 * Runs the bridge's pure session: its timers on our clock, its memory in the journal, its answers
 * to whom they are for.
 */
import { randomInt } from 'node:crypto'
import type { BridgeMemory } from '@tillproof/firmware-bridge/bridge/memory.ts'
import { stepBridge } from '@tillproof/firmware-bridge/bridge/session.ts'
import {
  type BridgeEffect,
  type BridgeInput,
  type BridgeState,
  newBridge,
  type SwitchOutcome,
} from '@tillproof/firmware-bridge/bridge/session-state.ts'
import { openBridgeStore } from './bridge-store.ts'
import type { LineDeps } from './line.ts'

export type BridgeSession = {
  feed(input: BridgeInput): void
  /** Null while nobody knows what the board's inputs say. */
  memory(): BridgeMemory | null
  /** True when the board said that it was done. */
  switchOutput(output: number, on: boolean, forMs: number): Promise<boolean>
  stop(): Promise<void>
}

export type BridgeWire = {
  send(bytes: Uint8Array): void
  onSilent(): void
  /** Bytes of the receiver behind the board. */
  onGnss(bytes: Uint8Array): void
}

const SESSIONS = 2 ** 32

export function runBridge(deps: LineDeps, wire: BridgeWire): BridgeSession {
  const { clock } = deps
  const timers = new Map<string, () => void>()
  const answers = new Map<string, (outcome: SwitchOutcome) => void>()
  const store = openBridgeStore(deps, memory => feed({ type: 'kept', memory }))
  /** Null until the memory of the last run is read. */
  let state: BridgeState | null = null
  let isOpen = false
  let commands = 0

  function feed(input: BridgeInput): void {
    if (input.type === 'opened' || input.type === 'closed') isOpen = input.type === 'opened'
    if (state === null) return
    const step = stepBridge(state, input)
    state = step.state
    for (const effect of step.effects) carryOut(effect)
  }

  function carryOut(effect: BridgeEffect): void {
    switch (effect.type) {
      case 'send':
        wire.send(effect.bytes)
        break
      case 'timer': {
        const { id } = effect
        timers.get(id)?.()
        timers.set(
          id,
          clock.after(effect.ms, () => feed({ type: 'timer', id })),
        )
        break
      }
      case 'stop-timer':
        timers.get(effect.id)?.()
        break
      case 'keep':
        store.keep(effect.facts, effect.memory)
        break
      case 'gnss':
        wire.onGnss(effect.bytes)
        break
      case 'switched':
        answers.get(effect.id)?.(effect.outcome)
        answers.delete(effect.id)
        break
      case 'silent':
        wire.onSilent()
        break
      case 'connected':
        break
    }
  }

  void store.read().then(memory => {
    state = newBridge(randomInt(1, SESSIONS), memory)
    if (isOpen) feed({ type: 'opened' })
  })

  return {
    feed,
    memory: () => (state?.phase === 'talking' ? state.memory : null),
    switchOutput(output, on, forMs) {
      if (state === null) return Promise.resolve(false)
      const id = String(commands++)
      return new Promise(resolve => {
        answers.set(id, outcome => resolve(outcome === 'done'))
        feed({ type: 'switch', command: { id, output, on, forMs } })
      })
    },
    async stop() {
      for (const cancel of timers.values()) cancel()
      await store.idle()
    },
  }
}
