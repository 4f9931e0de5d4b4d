/**
 * Two DEX/UCS sessions on one imagined line with an imagined clock: seconds of protocol in
 * microseconds of test, and every fault a wire can have at exactly the place one wants it.
 */
import { DEX_SILENCE_MS, dexFramer } from '../dex/framer.ts'
import { TURNAROUND_MS } from '../dex/link.ts'
import { stepDex } from '../dex/session.ts'
import {
  DEX_IDLE,
  type DexConfig,
  type DexEffect,
  type DexInput,
  type DexState,
} from '../dex/session-state.ts'

export type Outcome = Extract<DexEffect, { type: 'received' | 'delivered' | 'failed' }>

/** What becomes of bytes on the wire: nothing, others, or the same somewhat later. */
export type Wire = (
  bytes: Uint8Array,
  from: 'carrier' | 'machine',
) => { bytes: Uint8Array; afterMs?: number }[]

export const PERFECT: Wire = bytes => [{ bytes }]

type Happening = { atMs: number; order: number; run: () => void }

export type Conversation = {
  carrier: Outcome | undefined
  machine: Outcome | undefined
  /** All that was put on the wire, in order, before the wire's faults. */
  sent: { from: 'carrier' | 'machine'; bytes: Uint8Array }[]
  tookMs: number
}

/** Runs both to their ends, or for `limitMs` of imagined time. */
export function converse(options: {
  carrier: DexConfig
  machine: DexConfig
  wire?: Wire
  limitMs?: number
}): Conversation {
  const { wire = PERFECT, limitMs = 600_000 } = options
  const sent: Conversation['sent'] = []
  const agenda: Happening[] = []
  let nowMs = 0
  let order = 0

  function later(ms: number, run: () => void): void {
    agenda.push({ atMs: nowMs + ms, order: order++, run })
  }

  function endpoint(config: DexConfig, from: 'carrier' | 'machine') {
    const framer = dexFramer()
    const timers = new Map<string, object>()
    let state: DexState = DEX_IDLE
    let outcome: Outcome | undefined
    let lastHeard = {}

    function step(input: DexInput): void {
      const next = stepDex(config, state, input)
      state = next.state
      next.effects.forEach(perform)
    }

    function perform(effect: DexEffect): void {
      if (effect.type === 'send') say(effect.bytes)
      else if (effect.type === 'timer') arm(effect.id, effect.ms)
      else if (effect.type === 'stop-timer') timers.delete(effect.id)
      else if (effect.type === 'listen') later(effect.ms, () => step({ type: 'listened' }))
      else outcome = effect
    }

    function arm(id: 'reply' | 'quiet', ms: number): void {
      const token = {}
      timers.set(id, token)
      later(ms, () => {
        if (timers.get(id) === token) step({ type: 'heard', input: { kind: 'timer', id } })
      })
    }

    function say(bytes: Uint8Array): void {
      later(TURNAROUND_MS, () => {
        sent.push({ from, bytes })
        for (const part of wire(bytes, from)) {
          later(1 + (part.afterMs ?? 0), () => other().hear(part.bytes))
        }
      })
    }

    function other() {
      return from === 'carrier' ? machine : carrier
    }

    function hear(bytes: Uint8Array): void {
      take(framer.push(bytes))
      const token = {}
      lastHeard = token
      later(DEX_SILENCE_MS, () => {
        if (lastHeard === token) take(framer.flush())
      })
    }

    function take(frames: ReturnType<typeof framer.push>): void {
      for (const frame of frames) {
        if (frame.kind !== 'discarded') step({ type: 'heard', input: frame })
        else if (frame.reason !== 'noise') step({ type: 'heard', input: { kind: 'damaged' } })
      }
    }

    return { step, hear, outcome: () => outcome }
  }

  const carrier = endpoint(options.carrier, 'carrier')
  const machine = endpoint(options.machine, 'machine')
  machine.step({ type: 'start' })
  carrier.step({ type: 'start' })
  while (agenda.length > 0 && nowMs < limitMs) {
    if (carrier.outcome() !== undefined && machine.outcome() !== undefined) break
    agenda.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    const next = agenda.shift()
    if (next === undefined) break
    nowMs = next.atMs
    next.run()
  }
  return { carrier: carrier.outcome(), machine: machine.outcome(), sent, tookMs: nowMs }
}
