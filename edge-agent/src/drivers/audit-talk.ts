/**
 * Runs a pure protocol session on a real line: bytes through its framer, its timers on a clock, its
 * answers after the turnaround the protocol asks for.
 */

import type { Discarded, Framer } from '@tillproof/firmware-bridge/frame.ts'
import type { Clock } from '../clock.ts'

export type TalkEffect<Outcome> =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: string; ms: number }
  | { type: 'stop-timer'; id: string }
  | Outcome

/** A session machine with what a runner has to know of its protocol. */
export type Protocol<State, Input, Frame, Outcome> = {
  idle: State
  step(state: State, input: Input): { state: State; effects: TalkEffect<Outcome>[] }
  framer: Framer<Frame>
  start: Input
  closed: Input
  /** Undefined: nothing that the session has to know. */
  inputOf(frame: Frame | Discarded): Input | undefined
  timerInput(id: string): Input
  /**
   * Frames that can only answer us. While an answer of ours is still owed, such a frame was not
   * said in reply to it: it is the one before, said twice.
   */
  isReply(frame: Frame | Discarded): boolean
  /** Silence after which the framer decides about what is left, in milliseconds. */
  silenceMs: number
  /** Answers leave no earlier than this after what they answer. */
  turnaroundMs: number
}

export type Talk = {
  hear(bytes: Uint8Array): void
  /** The line is gone; the session learns it. */
  close(): void
}

/** How a session ends, by name. */
export type Ending = { type: string }

/** Starts the session; `onOutcome` gets every effect that is not the runner's own. */
export function talk<State, Input, Frame, Outcome extends Ending>(
  protocol: Protocol<State, Input, Frame, Outcome>,
  line: { clock: Clock; write(bytes: Uint8Array): void; onOutcome(outcome: Outcome): void },
): Talk {
  const { clock } = line
  const timers = new Map<string, () => void>()
  let state = protocol.idle
  let owed = 0
  let closed = false
  let cancelSilence = () => {}

  function step(input: Input): void {
    const next = protocol.step(state, input)
    state = next.state
    next.effects.forEach(perform)
  }

  function perform(effect: TalkEffect<Outcome>): void {
    if (isSend(effect)) answer(effect.bytes)
    else if (isTimer(effect)) arm(effect.id, effect.ms)
    else if (isStop(effect)) timers.get(effect.id)?.()
    else line.onOutcome(effect as Outcome)
  }

  function answer(bytes: Uint8Array): void {
    owed++
    clock.after(protocol.turnaroundMs, () => {
      owed--
      if (!closed) line.write(bytes)
    })
  }

  function arm(id: string, ms: number): void {
    timers.get(id)?.()
    const cancel = clock.after(ms, () => {
      timers.delete(id)
      step(protocol.timerInput(id))
    })
    timers.set(id, () => {
      timers.delete(id)
      cancel()
    })
  }

  function take(frames: (Frame | Discarded)[]): void {
    for (const frame of frames) {
      const input = protocol.inputOf(frame)
      if (input !== undefined && !(owed > 0 && protocol.isReply(frame))) step(input)
    }
  }

  step(protocol.start)
  return {
    hear(bytes) {
      if (closed) return
      cancelSilence()
      take(protocol.framer.push(bytes))
      cancelSilence = clock.after(protocol.silenceMs, () => take(protocol.framer.flush()))
    },
    close() {
      if (closed) return
      closed = true
      cancelSilence()
      step(protocol.closed)
      for (const cancel of [...timers.values()]) cancel()
    },
  }
}

type Own<Type extends string> = Extract<TalkEffect<never>, { type: Type }>

function isSend(effect: Ending): effect is Own<'send'> {
  return effect.type === 'send'
}

function isTimer(effect: Ending): effect is Own<'timer'> {
  return effect.type === 'timer'
}

function isStop(effect: Ending): effect is Own<'stop-timer'> {
  return effect.type === 'stop-timer'
}
