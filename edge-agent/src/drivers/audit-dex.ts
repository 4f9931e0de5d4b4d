/** DEX/UCS for the runner of audit-talk.ts: which frames and timers mean what to its session. */
import type { DexFrame } from '@tillproof/firmware-bridge/dex/frame.ts'
import { DEX_SILENCE_MS, dexFramer } from '@tillproof/firmware-bridge/dex/framer.ts'
import { TURNAROUND_MS } from '@tillproof/firmware-bridge/dex/link.ts'
import { stepDex } from '@tillproof/firmware-bridge/dex/session.ts'
import {
  DEX_IDLE,
  type DexConfig,
  type DexEffect,
  type DexInput,
  type DexState,
} from '@tillproof/firmware-bridge/dex/session-state.ts'
import type { Protocol, TalkEffect } from './audit-talk.ts'

export type DexOutcome = Extract<DexEffect, { type: 'received' | 'delivered' | 'failed' }>

export function dexProtocol(config: DexConfig): Protocol<DexState, DexInput, DexFrame, DexOutcome> {
  return {
    idle: DEX_IDLE,
    step(state, input) {
      const { state: next, effects } = stepDex(config, state, input)
      return { state: next, effects: effects.map(asTalkEffect) }
    },
    framer: dexFramer(),
    start: { type: 'start' },
    closed: { type: 'closed' },
    inputOf(frame) {
      if (frame.kind !== 'discarded') return { type: 'heard', input: frame }
      return frame.reason === 'noise' ? undefined : { type: 'heard', input: { kind: 'damaged' } }
    },
    timerInput(id) {
      if (id === 'listen') return { type: 'listened' }
      return { type: 'heard', input: { kind: 'timer', id: id === 'quiet' ? 'quiet' : 'reply' } }
    },
    isReply: frame => frame.kind === 'block',
    silenceMs: DEX_SILENCE_MS,
    turnaroundMs: TURNAROUND_MS,
  }
}

function asTalkEffect(effect: DexEffect): TalkEffect<DexOutcome> {
  return effect.type === 'listen' ? { type: 'timer', id: 'listen', ms: effect.ms } : effect
}
