/** DDCMP for the runner of audit-talk.ts: which frames and timers mean what to its session. */
import type { DdcmpFrame } from '@tillproof/firmware-bridge/ddcmp/frame.ts'
import { DDCMP_SILENCE_MS, ddcmpFramer } from '@tillproof/firmware-bridge/ddcmp/framer.ts'
import {
  DDCMP_IDLE,
  type DdcmpConfig,
  type DdcmpEffect,
  type DdcmpInput,
  type DdcmpState,
  stepDdcmp,
} from '@tillproof/firmware-bridge/ddcmp/session.ts'
import type { Protocol } from './audit-talk.ts'

export type DdcmpOutcome = Extract<DdcmpEffect, { type: 'received' | 'delivered' | 'failed' }>

export function ddcmpProtocol(
  config: DdcmpConfig,
): Protocol<DdcmpState, DdcmpInput, DdcmpFrame, DdcmpOutcome> {
  return {
    idle: DDCMP_IDLE,
    step: (state, input) => stepDdcmp(config, state, input),
    framer: ddcmpFramer(),
    start: { type: 'start' },
    closed: { type: 'closed' },
    inputOf(frame) {
      if (frame.kind !== 'discarded') return { type: 'heard', input: frame }
      const wasMessage = frame.reason === 'bad-check' || frame.reason === 'truncated'
      return wasMessage ? { type: 'heard', input: { kind: 'damaged' } } : undefined
    },
    timerInput: () => ({ type: 'heard', input: { kind: 'timer' } }),
    /** Messages are numbered: what comes twice is known by its number. */
    isReply: () => false,
    silenceMs: DDCMP_SILENCE_MS,
    turnaroundMs: 10,
  }
}
