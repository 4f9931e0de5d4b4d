/**
 * The gateway's side of a bridge's line as a pure state machine (docs/wire/bridge.md).
 *
 *   opened   hello ──▶          pulse, contact, gnss …  ◀──         output ──▶
 *                 ◀── welcome   `keep`, disk, `kept`, ack ──▶             ◀── done
 *
 * An event is acknowledged only after the caller says that it is on the disk: a gateway that is
 * killed at any moment is told again what it did not keep, and nothing else.
 */
import type { Discarded } from '../frame.ts'
import {
  endByAnswer,
  giveUpCommands,
  repeatCommand,
  sendCommand,
  switchOutput,
} from './commands.ts'
import type { BridgeFrame } from './framer.ts'
import {
  type BridgeEvent,
  type BridgeMemory,
  distance,
  meet,
  type Taken,
  takeEvent,
  takeLosses,
} from './memory.ts'
import { type BridgeMessageOf, WIRE_VERSION } from './message.ts'
import {
  type BridgeEffect,
  type BridgeInput,
  type BridgeState,
  type BridgeStep,
  type BridgeTimer,
  send,
} from './session-state.ts'

const HELLO_MS = 500
const SILENCE_MS = 3500

/** The next state and what to do. Never throws. */
export function stepBridge(state: BridgeState, input: BridgeInput): BridgeStep {
  switch (input.type) {
    case 'opened':
      return greet(state, [{ type: 'timer', id: 'silence', ms: SILENCE_MS }])
    case 'closed':
      return close(state)
    case 'heard':
      return hear(state, input.frame)
    case 'kept':
      return onKept(state, input.memory)
    case 'switch':
      return switchOutput(state, input.command)
    case 'timer':
      return onTimer(state, input.id)
  }
}

function greet(state: BridgeState, before: BridgeEffect[] = []): BridgeStep {
  const { session, memory, safe } = state
  const { unit, boot } = memory ?? { unit: 0, boot: 0 }
  const hello = { version: WIRE_VERSION, session, unit, boot, received: safe }
  const timer: BridgeEffect = { type: 'timer', id: 'hello', ms: HELLO_MS }
  return {
    state: { ...state, phase: 'greeting' },
    effects: [...before, send({ type: 'hello', ...hello }), timer],
  }
}

function close(state: BridgeState): BridgeStep {
  const ids: BridgeTimer[] = ['hello', 'silence', 'command']
  const given = giveUpCommands(state)
  const stops = ids.map((id): BridgeEffect => ({ type: 'stop-timer', id }))
  return { state: { ...given.state, phase: 'closed' }, effects: [...stops, ...given.effects] }
}

function hear(state: BridgeState, frame: BridgeFrame | Discarded): BridgeStep {
  if (state.phase === 'closed') return { state, effects: [] }
  if (frame.kind === 'discarded') {
    return { state: { ...state, discarded: state.discarded + 1 }, effects: [] }
  }
  const counted = frame.kind === 'unknown' ? { ...state, unknown: state.unknown + 1 } : state
  const step = frame.kind === 'unknown' ? { state: counted, effects: [] } : obey(state, frame)
  const timer: BridgeEffect = { type: 'timer', id: 'silence', ms: SILENCE_MS }
  return { state: step.state, effects: [timer, ...step.effects] }
}

function obey(state: BridgeState, { message }: BridgeFrame & { kind: 'message' }): BridgeStep {
  if (message.type === 'welcome') return onWelcome(state, message)
  if (state.phase === 'greeting') return { state, effects: [] }
  switch (message.type) {
    case 'heartbeat':
      return onHeartbeat(state, message)
    case 'pulse':
    case 'contact':
      return onEvent(state, message)
    case 'gnss':
      return onGnss(state, message)
    case 'done':
      return endByAnswer(state, message)
    // Only a gateway says these: our own echo on a line with two wires.
    case 'hello':
    case 'ack':
    case 'output':
      return { state, effects: [] }
  }
}

function onWelcome(state: BridgeState, welcome: BridgeMessageOf<'welcome'>): BridgeStep {
  if (welcome.session !== state.session) return { state, effects: [] }
  const taken = meet(state.memory, welcome)
  const isMoved = taken.memory !== state.memory
  const begun = isMet(state, welcome) ? sendCommand(state) : beginAnew(state)
  const safe = isMoved ? taken.memory.received : state.safe
  const isNew: BridgeEffect[] = state.phase === 'talking' ? [] : [{ type: 'connected' }]
  return {
    state: { ...begun.state, phase: 'talking', memory: taken.memory, safe },
    effects: [
      { type: 'stop-timer', id: 'hello' },
      ...isNew,
      ...(isMoved ? [keep(taken)] : []),
      ...begun.effects,
    ],
  }
}

function isMet({ memory }: BridgeState, { unit, boot }: BridgeMessageOf<'welcome'>): boolean {
  return memory?.unit === unit && memory.boot === boot
}

/** Another start of the bridge knows nothing of our commands, and counts its bytes anew. */
function beginAnew(state: BridgeState): BridgeStep {
  const given = giveUpCommands(state)
  const timer: BridgeEffect = { type: 'stop-timer', id: 'command' }
  return {
    state: { ...given.state, number: 0, gnssOffset: null },
    effects: [timer, ...given.effects],
  }
}

function keep({ facts, memory }: Taken): BridgeEffect {
  return { type: 'keep', facts, memory }
}

function onHeartbeat(state: BridgeState, heartbeat: BridgeMessageOf<'heartbeat'>): BridgeStep {
  const next = { ...state, heartbeat }
  if (isStrange(state, heartbeat) || heartbeat.session !== state.session) return greet(next)
  if (state.memory === null) return { state: next, effects: [] }
  return take(next, takeLosses(state.memory, heartbeat), state.memory)
}

function isStrange({ memory }: BridgeState, { boot }: { boot: number }): boolean {
  return memory?.boot !== boot
}

function take(state: BridgeState, taken: Taken, before: BridgeMemory): BridgeStep {
  if (taken.memory === before) return { state, effects: [] }
  return { state: { ...state, memory: taken.memory }, effects: [keep(taken)] }
}

/** Only the next one is taken. The bridge sends all again that it did not see acknowledged. */
function onEvent(state: BridgeState, event: BridgeEvent): BridgeStep {
  const { memory } = state
  if (memory === null || isStrange(state, event)) return greet(state)
  if (distance(memory.received, event.number) !== 1) return { state, effects: [ackOf(state)] }
  return take(state, takeEvent(memory, event), memory)
}

function ackOf({ memory, safe }: BridgeState): BridgeEffect {
  return send({ type: 'ack', boot: memory?.boot ?? 0, received: safe })
}

function onKept(state: BridgeState, { unit, boot, received }: BridgeMemory): BridgeStep {
  const isOf = state.memory?.unit === unit && state.memory.boot === boot
  if (!isOf || distance(state.safe, received) < 0) return { state, effects: [] }
  const next = { ...state, safe: received }
  return { state: next, effects: state.phase === 'talking' ? [ackOf(next)] : [] }
}

function onGnss(state: BridgeState, { boot, offset, data }: BridgeMessageOf<'gnss'>): BridgeStep {
  if (isStrange(state, { boot })) return greet(state)
  const missing = state.gnssOffset === null ? 0 : distance(state.gnssOffset, offset)
  if (missing < 0) return { state, effects: [] }
  const gnssOffset = (offset + data.length) % 2 ** 32
  return { state: { ...state, gnssOffset }, effects: [{ type: 'gnss', bytes: data, missing }] }
}

function onTimer(state: BridgeState, id: BridgeTimer): BridgeStep {
  if (state.phase === 'closed') return { state, effects: [] }
  if (id === 'hello') return state.phase === 'greeting' ? greet(state) : { state, effects: [] }
  if (id === 'silence') return greet(state, [{ type: 'silent' }])
  return repeatCommand(state)
}
