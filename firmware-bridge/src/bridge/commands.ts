/**
 * Commands to a bridge's outputs, one on the way at a time. The bridge does each number once, so
 * that repeating is harmless; where no answer comes the outcome is told as unknown.
 */
import { type BridgeMessageOf, RESULT_DONE } from './message.ts'
import {
  type BridgeEffect,
  type BridgeState,
  type BridgeStep,
  type BridgeSwitch,
  type SwitchOutcome,
  send,
} from './session-state.ts'

const COMMAND_MS = 300
const MAX_ATTEMPTS = 10
const MAX_WAITING = 8

/** Sends it, or lets it wait for those before it. */
export function switchOutput(state: BridgeState, asked: BridgeSwitch): BridgeStep {
  if (state.phase !== 'talking') return { state, effects: [switched(asked, 'not-connected')] }
  if (state.waiting.length >= MAX_WAITING) return { state, effects: [switched(asked, 'busy')] }
  return nextCommand({ ...state, waiting: [...state.waiting, asked] })
}

function nextCommand(state: BridgeState): BridgeStep {
  const [asked, ...waiting] = state.waiting
  if (state.command !== null || asked === undefined) return { state, effects: [] }
  const number = (state.number + 1) % 2 ** 32
  return sendCommand({ ...state, number, command: { asked, attempts: 0 }, waiting })
}

/** The one on the way, once more. */
export function sendCommand(state: BridgeState): BridgeStep {
  const { command, session, number } = state
  if (command === null) return { state, effects: [] }
  const { output, on, forMs } = command.asked
  const message = { session, number, output, on: on ? 1 : 0, forMs }
  return {
    state: { ...state, command: { ...command, attempts: command.attempts + 1 } },
    effects: [
      send({ type: 'output', ...message }),
      { type: 'timer', id: 'command', ms: COMMAND_MS },
    ],
  }
}

export function endByAnswer(state: BridgeState, done: BridgeMessageOf<'done'>): BridgeStep {
  const isOurs = done.session === state.session && done.number === state.number
  if (!isOurs) return { state, effects: [] }
  return endCommand(state, done.result === RESULT_DONE ? 'done' : 'no-such-output')
}

function endCommand(state: BridgeState, outcome: SwitchOutcome): BridgeStep {
  if (state.command === null) return { state, effects: [] }
  const next = nextCommand({ ...state, command: null })
  const effects: BridgeEffect[] = [
    { type: 'stop-timer', id: 'command' },
    switched(state.command.asked, outcome),
  ]
  return { state: next.state, effects: [...effects, ...next.effects] }
}

export function repeatCommand(state: BridgeState): BridgeStep {
  const isLast = state.command !== null && state.command.attempts >= MAX_ATTEMPTS
  return isLast ? endCommand(state, 'unknown') : sendCommand(state)
}

/** What was sent may have happened; what waited has not. */
export function giveUpCommands(state: BridgeState): BridgeStep {
  const { command, waiting } = state
  const sent = command === null ? [] : [switched(command.asked, 'unknown')]
  return {
    state: { ...state, command: null, waiting: [] },
    effects: [...sent, ...waiting.map(each => switched(each, 'not-connected'))],
  }
}

function switched({ id }: BridgeSwitch, outcome: SwitchOutcome): BridgeEffect {
  return { type: 'switched', id, outcome }
}
