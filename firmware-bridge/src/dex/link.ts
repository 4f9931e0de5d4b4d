/**
 * One message over a DEX/UCS line, from either end, as pure state machines:
 *
 *   sender    ENQ ─ACK0▶ block ─ACK1▶ block ─ACK0▶ … EOT
 *   receiver  waits for ENQ, acknowledges ACK0, ACK1, ACK0 …, ends at EOT
 *
 * Blocks have no number: only the acknowledgements alternate. A sender that hears nothing must not
 * send its block again, or it might be taken twice; it asks with ENQ, the receiver repeats its last
 * acknowledgement, and that tells whether the block arrived.
 */
import { type Control, type DexFrame, encodeControl } from './frame.ts'

/** Timer A: an answer is due within this many milliseconds. */
export const REPLY_MS = 1000
/** An answer comes later than this, so that the other end has turned around. */
export const TURNAROUND_MS = 10
/** No sender of ours lets as long pass after an acknowledgement before it sends its next block. */
export const QUIET_MS = 900
/** The standard gives up after 2 s; one lost enquiry costs a sender another second. */
export const SILENCE_MS = 3000
/** After the last block: a sender that missed our acknowledgement would have asked by then. */
export const END_MS = 1500
export const MAX_BIDS = 10
export const MAX_ATTEMPTS = 5
/** A busy machine may say WACK as often as this before we stop believing it. */
export const MAX_WAITS = 30

export type LinkTimer = 'reply' | 'quiet'
export type LinkEffect =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: LinkTimer; ms: number }
  | { type: 'stop-timer'; id: LinkTimer }

/** What a machine hears: a frame, damaged bytes where a block could have been, a timer. */
export type LinkInput = DexFrame | { kind: 'damaged' } | { kind: 'timer'; id: LinkTimer }

export type LinkFailure =
  /** Nobody answered, or the other end fell silent. */
  | 'silent'
  /** A block was refused or damaged too often. */
  | 'damaged'
  /** The other end broke off. */
  | 'aborted'
  /** The other end began anew: it was switched off and on. */
  | 'restarted'
  /** The message ended before its last block. */
  | 'cut-off'
  /** The other end says that it is busy, without end. */
  | 'busy'

export type Sending = {
  side: 'sending'
  step: 'bidding' | 'block' | 'asking'
  blocks: readonly Uint8Array[]
  at: number
  attempts: number
  waits: number
}

export type Receiving = {
  side: 'receiving'
  step: 'waiting' | 'blocks'
  expects: 'header' | 'data'
  /** How long the first ENQ may take, in milliseconds. */
  patienceMs: number
  lastAck: 'ack0' | 'ack1'
  troubles: number
  /** The line was quiet since our last acknowledgement: it may have been lost. */
  quiet: boolean
  lastText: Uint8Array | null
  complete: boolean
}

export type LinkStep<State> = {
  state: State
  effects: LinkEffect[]
  /** Text that arrived whole, once. */
  text?: Uint8Array
  /** The message is over; `also` when the input already begins the next one. */
  done?: true
  also?: true
  failed?: LinkFailure
  /** Both ends bid for the line at once. */
  contended?: true
}

const send = (control: Control): LinkEffect => ({ type: 'send', bytes: encodeControl(control) })
const timer = (ms: number, id: LinkTimer = 'reply'): LinkEffect => ({ type: 'timer', id, ms })

export function beginSending(blocks: readonly Uint8Array[]): LinkStep<Sending> {
  const state: Sending = { side: 'sending', step: 'bidding', blocks, at: 0, attempts: 1, waits: 0 }
  return { state, effects: [send('enq'), timer(REPLY_MS)] }
}

export function stepSending(state: Sending, input: LinkInput): LinkStep<Sending> {
  if (input.kind === 'timer') {
    return input.id === 'reply' ? askAgain(state) : { state, effects: [] }
  }
  if (input.kind !== 'control') return { state, effects: [] }
  switch (input.control) {
    case 'ack0':
    case 'ack1':
      return onAck(state, input.control)
    case 'nak':
      return state.step === 'bidding' ? { state, effects: [] } : resend(state)
    case 'wack':
      return onWait(state)
    case 'enq':
      if (state.step === 'bidding') return { state, effects: [], contended: true }
      return { state, effects: [], failed: 'restarted' }
    case 'eot':
      // Late ends of the message before are no answer to a bid.
      return { state, effects: [], ...(state.step === 'bidding' ? {} : { failed: 'aborted' }) }
  }
}

/** Nothing was heard: bid once more, or ask what became of the block. */
function askAgain(state: Sending): LinkStep<Sending> {
  const most = state.step === 'bidding' ? MAX_BIDS : MAX_ATTEMPTS
  if (state.attempts >= most) return { state, effects: [], failed: 'silent' }
  const step = state.step === 'bidding' ? 'bidding' : 'asking'
  return {
    state: { ...state, step, attempts: state.attempts + 1 },
    effects: [send('enq'), timer(REPLY_MS)],
  }
}

function onAck(state: Sending, ack: 'ack0' | 'ack1'): LinkStep<Sending> {
  if (state.step === 'bidding') {
    return ack === 'ack0' ? sendBlock(state, 0, 1) : { state, effects: [] }
  }
  const expected = state.at % 2 === 0 ? 'ack1' : 'ack0'
  if (ack === expected) return sendBlock(state, state.at + 1, 1)
  // The one before, repeated at our request: the block did not arrive. Unasked it is an echo.
  return state.step === 'asking' ? resend(state) : { state, effects: [] }
}

function resend(state: Sending): LinkStep<Sending> {
  if (state.attempts >= MAX_ATTEMPTS) return { state, effects: [send('eot')], failed: 'damaged' }
  return sendBlock(state, state.at, state.attempts + 1)
}

function sendBlock(state: Sending, at: number, attempts: number): LinkStep<Sending> {
  const bytes = state.blocks[at]
  const next: Sending = { ...state, step: 'block', at, attempts }
  if (bytes === undefined) return { state: next, effects: [send('eot')], done: true }
  return { state: next, effects: [{ type: 'send', bytes }, timer(REPLY_MS)] }
}

/** Busy is an answer: the attempts are not used up, but patience is. */
function onWait(state: Sending): LinkStep<Sending> {
  if (state.waits >= MAX_WAITS) return { state, effects: [send('eot')], failed: 'busy' }
  const step = state.step === 'block' ? 'asking' : state.step
  return {
    state: { ...state, step, attempts: Math.max(0, state.attempts - 1), waits: state.waits + 1 },
    effects: [timer(REPLY_MS)],
  }
}

export function beginReceiving(
  expects: Receiving['expects'],
  patienceMs: number,
): LinkStep<Receiving> {
  const state: Receiving = {
    side: 'receiving',
    step: 'waiting',
    expects,
    patienceMs,
    lastAck: 'ack0',
    troubles: 0,
    quiet: false,
    lastText: null,
    complete: false,
  }
  return { state, effects: [timer(patienceMs)] }
}

export function stepReceiving(state: Receiving, input: LinkInput): LinkStep<Receiving> {
  if (input.kind === 'timer') return onSilence(state, input.id)
  if (input.kind === 'damaged') {
    return state.step === 'blocks' ? answerTrouble(state, 'nak') : { state, effects: [] }
  }
  if (input.kind === 'block') return onBlock(state, input)
  if (input.control === 'enq') return onEnquiry(state)
  if (input.control === 'eot' && state.step === 'blocks') {
    return { state, effects: [], ...(state.complete ? { done: true } : { failed: 'cut-off' }) }
  }
  return { state, effects: [] }
}

function onSilence(state: Receiving, id: LinkTimer): LinkStep<Receiving> {
  if (id === 'quiet') return { state: { ...state, quiet: true }, effects: [] }
  // The block that closes a message was acknowledged; only its EOT got lost.
  return { state, effects: [], ...(state.complete ? { done: true } : { failed: 'silent' }) }
}

function onEnquiry(state: Receiving): LinkStep<Receiving> {
  // Enquiries come after a second of silence. At once, behind the last block, it is the bid for the
  // next message, and the EOT between them got lost.
  if (state.complete && !state.quiet) return { state, effects: [], done: true, also: true }
  if (state.step === 'blocks') return answerTrouble(state, state.lastAck)
  return { state: { ...state, step: 'blocks' }, effects: answer('ack0', state.complete) }
}

/** Answers that move nothing forward are counted; good blocks set the count back. */
function answerTrouble(state: Receiving, control: Control): LinkStep<Receiving> {
  if (state.troubles >= MAX_BIDS) return { state, effects: [send('eot')], failed: 'damaged' }
  return {
    state: { ...state, troubles: state.troubles + 1, quiet: false },
    effects: answer(control, state.complete),
  }
}

function onBlock(state: Receiving, block: Extract<DexFrame, { kind: 'block' }>) {
  if (state.step !== 'blocks') return { state, effects: [] }
  if (block.type !== state.expects) {
    const failed: LinkFailure = block.type === 'header' ? 'restarted' : 'aborted'
    return { state, effects: [], failed }
  }
  // Some senders send the block again where they should ask. After a quiet line the same text is
  // that; at once it is a machine that says the same twice.
  if (state.quiet && state.lastText !== null && same(state.lastText, block.text)) {
    return answerTrouble(state, state.lastAck)
  }
  return takeBlock(state, block.text, block.last)
}

function takeBlock(state: Receiving, text: Uint8Array, last: boolean): LinkStep<Receiving> {
  const lastAck = state.lastAck === 'ack0' ? 'ack1' : 'ack0'
  return {
    state: { ...state, lastAck, troubles: 0, quiet: false, lastText: text, complete: last },
    effects: answer(lastAck, last),
    text,
  }
}

function answer(control: Control, complete: boolean): LinkEffect[] {
  return [send(control), timer(complete ? END_MS : SILENCE_MS), timer(QUIET_MS, 'quiet')]
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
