/**
 * Waferlife MDB-RS232: the host drives coin changer and bill validator through a box that polls
 * them by itself. One question at a time, as a pure state machine.
 *
 *   ask ──▶ sent ──answer──▶ the next one          lines with an address: activity, at any time
 *            └──silence──▶ asked again, then given up
 *
 * An answer has no address; what tells it from activity is its length and its beginning. Questions
 * whose answers could be either are not asked: polls (the box polls), expansions, and all that
 * cards want (its document shows no card session, so none is guessed).
 */
import {
  CASH_UNKNOWN,
  type CashDevice,
  type CashNews,
  type CashState,
  hearActivity,
  learnSetup,
} from './cash-news.ts'
import { peripheralOf, withoutCheck } from './frame.ts'

/** What may be asked. `stack` and `give-back` answer a bill in escrow. */
export type WaferAsk = 'setup' | 'accept' | 'inhibit' | 'stack' | 'give-back'

export type WaferMasterState = {
  currency: string
  waiting: readonly Question[]
  asked: Question | null
  attempts: number
  changer: CashState
  validator: CashState
}
type Question = { ask: WaferAsk; device: CashDevice }

export type WaferMasterInput =
  | { type: 'ask'; ask: WaferAsk; device: CashDevice }
  /** A frame of waferFramer. */
  | { type: 'heard'; bytes: Uint8Array }
  | { type: 'timer' }
  | { type: 'closed' }

export type WaferMasterEffect =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: 'answer'; ms: number }
  | { type: 'stop-timer'; id: 'answer' }
  | { type: 'news'; news: CashNews }
  | { type: 'answered' | 'refused' | 'unanswered'; ask: WaferAsk; device: CashDevice }
  /** Neither an answer to what was asked nor activity; said, never guessed at. */
  | { type: 'not-understood'; bytes: Uint8Array }

export type WaferMasterStep = { state: WaferMasterState; effects: WaferMasterEffect[] }

export const ANSWER_MS = 500
const MAX_ATTEMPTS = 3
const MAX_WAITING = 16
/** Address and at most 16 bytes of activity (section 5.3). */
const MAX_ACTIVITY_BYTES = 17
const [ACK, NAK] = [0x00, 0xff]

const COMMANDS: Record<CashDevice, Partial<Record<WaferAsk, readonly number[]>>> = {
  changer: {
    setup: [0x09],
    accept: [0x0c, 0xff, 0xff, 0xff, 0xff],
    inhibit: [0x0c, 0, 0, 0, 0],
  },
  'bill-validator': {
    setup: [0x31],
    // The second pair asks for escrow; without it bills are stacked at once.
    accept: [0x34, 0xff, 0xff, 0, 0],
    inhibit: [0x34, 0, 0, 0, 0],
    stack: [0x35, 1],
    'give-back': [0x35, 0],
  },
}

export function waferMasterAtStart(currency: string): WaferMasterState {
  const [waiting, asked, attempts] = [[], null, 0] as const
  return { currency, waiting, asked, attempts, changer: CASH_UNKNOWN, validator: CASH_UNKNOWN }
}

/** The next state, and what to do. Never throws. */
export function stepWaferMaster(state: WaferMasterState, input: WaferMasterInput): WaferMasterStep {
  switch (input.type) {
    case 'ask':
      return onAsk(state, { ask: input.ask, device: input.device })
    case 'heard':
      return onHeard(state, input.bytes)
    case 'timer':
      return onSilence(state)
    case 'closed':
      return {
        state: { ...state, waiting: [], asked: null },
        effects: [{ type: 'stop-timer', id: 'answer' }],
      }
  }
}

function onAsk(state: WaferMasterState, question: Question): WaferMasterStep {
  const unknown = COMMANDS[question.device][question.ask] === undefined
  if (unknown || state.waiting.length >= MAX_WAITING) {
    return { state, effects: [{ type: 'refused', ...question }] }
  }
  return askNext({ ...state, waiting: [...state.waiting, question] })
}

function askNext(state: WaferMasterState): WaferMasterStep {
  const [next, ...waiting] = state.waiting
  if (state.asked !== null || next === undefined) return { state, effects: [] }
  return say({ ...state, waiting, asked: next, attempts: 1 }, next)
}

function say(state: WaferMasterState, { device, ask }: Question): WaferMasterStep {
  const bytes = Uint8Array.from(COMMANDS[device][ask] ?? [])
  const effects: WaferMasterEffect[] = [
    { type: 'send', bytes },
    { type: 'timer', id: 'answer', ms: ANSWER_MS },
  ]
  return { state, effects }
}

function onSilence(state: WaferMasterState): WaferMasterStep {
  const { asked } = state
  if (asked === null) return { state, effects: [] }
  if (state.attempts < MAX_ATTEMPTS) return say({ ...state, attempts: state.attempts + 1 }, asked)
  return settle(state, { type: 'unanswered', ...asked })
}

function onHeard(state: WaferMasterState, bytes: Uint8Array): WaferMasterStep {
  const device = peripheralOf(bytes[0] ?? 0)
  const isCash = device === 'changer' || device === 'bill-validator'
  if (isCash && bytes.length >= 2 && bytes.length <= MAX_ACTIVITY_BYTES) {
    const cash = device === 'changer' ? state.changer : state.validator
    const news = hearActivity(device, cash, state.currency, bytes.subarray(1))
    return { state, effects: news.map(it => ({ type: 'news', news: it })) }
  }
  return onAnswer(state, bytes)
}

function onAnswer(state: WaferMasterState, bytes: Uint8Array): WaferMasterStep {
  const { asked } = state
  const strange: WaferMasterStep = { state, effects: [{ type: 'not-understood', bytes }] }
  if (asked === null) return strange
  if (bytes.length === 1 && bytes[0] === NAK) return settle(state, { type: 'unanswered', ...asked })
  if (asked.ask === 'setup') return onSetup(state, asked, bytes) ?? strange
  if (bytes.length !== 1 || bytes[0] !== ACK) return strange
  return settle(state, { type: 'answered', ...asked })
}

/** Setups come with their CHK; a box that leaves it out says exactly one byte less. */
function onSetup(
  state: WaferMasterState,
  asked: Question,
  bytes: Uint8Array,
): WaferMasterStep | undefined {
  const learned = learnSetup(asked.device, withoutCheck(bytes) ?? bytes)
  if (learned === undefined) return undefined
  const part = asked.device === 'changer' ? 'changer' : 'validator'
  const step = settle({ ...state, [part]: learned.cash }, { type: 'answered', ...asked })
  return { ...step, effects: [{ type: 'news', news: learned.news }, ...step.effects] }
}

function settle(state: WaferMasterState, result: WaferMasterEffect): WaferMasterStep {
  const next = askNext({ ...state, asked: null })
  return {
    state: next.state,
    effects: [{ type: 'stop-timer', id: 'answer' }, result, ...next.effects],
  }
}
