/**
 * A whole DEX/UCS session as a pure state machine, for both roles:
 * the carrier (us, who collects the audit) and the machine (which tells it).
 *
 *               first handshake    second handshake    data
 *   we master   we ──────────▶     ◀────────── it      ◀────────── machine
 *   it master   ◀────────── it     we ──────────▶      ◀────────── machine
 *
 * Whoever bids first is the master. Some machines insist on it: the carrier listens before it bids,
 * and yields when both bid at once.
 */
import { dataBlocks, encodeBlock, encodeControl } from './frame.ts'
import {
  decodeFirst,
  decodeSecond,
  encodeFirst,
  encodeSecond,
  RESPONSE_OK,
  RESPONSE_UNSUPPORTED,
} from './header.ts'
import {
  beginReceiving,
  beginSending,
  type LinkInput,
  type LinkStep,
  type Receiving,
  type Sending,
  stepReceiving,
  stepSending,
} from './link.ts'
import type {
  Course,
  DexConfig,
  DexEffect,
  DexFailure,
  DexInput,
  DexPeer,
  DexState,
  DexStep,
  Phase,
  Talking,
} from './session-state.ts'

/** The second handshake follows the first within the standard's session timer. */
const HANDSHAKE_PATIENCE_MS = 3000
/** A machine that sends a block a segment stays far below. */
const MAX_BLOCKS = 10_000

/** The next state and what to do. Never throws; after `ended` nothing happens any more. */
export function stepDex(config: DexConfig, state: DexState, input: DexInput): DexStep {
  switch (state.phase) {
    case 'ended':
      return { state, effects: [] }
    case 'idle':
      return input.type === 'start' ? start(config) : { state, effects: [] }
    case 'listening':
      return listen(config, state, input)
    default:
      return talk(config, state, input)
  }
}

function start(config: DexConfig): DexStep {
  const ms = config.listenMs
  if (ms === 0) return bid(config)
  const effects: DexEffect[] = ms === null ? [] : [{ type: 'listen', ms }]
  return { state: { phase: 'listening' }, effects }
}

function listen(config: DexConfig, state: DexState, input: DexInput): DexStep {
  if (input.type === 'closed') return fail({ reason: 'closed' })
  if (input.type === 'listened') return bid(config)
  if (input.type !== 'heard' || input.input.kind !== 'control') return { state, effects: [] }
  if (input.input.control !== 'enq') return { state, effects: [] }
  return beginPhase(config, 'first', course(false), [input.input])
}

function bid(config: DexConfig): DexStep {
  return beginPhase(config, 'first', course(true))
}

function course(master: boolean): Course {
  return { master, yielded: false, peer: null, response: RESPONSE_OK, text: [] }
}

/** Enters a phase on the right side of the line, with what was already heard of it. */
function beginPhase(
  config: DexConfig,
  phase: Phase,
  { master, yielded, peer, response, text }: Course,
  heard: LinkInput[] = [],
): DexStep {
  const now: Course = { master, yielded, peer, response, text }
  const { state: link, effects } = sends(config, phase, master)
    ? beginSending(blocksOf(config, phase, now))
    : beginReceiving(phase === 'data' ? 'data' : 'header', patienceOf(config, phase))
  return hearMore(config, { state: { phase, link, ...now }, effects }, heard)
}

function hearMore(config: DexConfig, step: DexStep, heard: LinkInput[]): DexStep {
  return heard.reduce((before, input) => {
    const next = stepDex(config, before.state, { type: 'heard', input })
    return { state: next.state, effects: [...before.effects, ...next.effects] }
  }, step)
}

function sends({ role }: DexConfig, phase: Phase, master: boolean): boolean {
  if (phase === 'data') return role === 'machine'
  return phase === 'first' ? master : !master
}

function patienceOf(config: DexConfig, phase: Phase): number {
  return phase === 'data' ? config.dataPatienceMs : HANDSHAKE_PATIENCE_MS
}

function blocksOf(config: DexConfig, phase: Phase, { response }: Course): Uint8Array[] {
  const { communicationId, revisionLevel, role } = config
  if (phase === 'data') return dataBlocks(role === 'machine' ? config.audit : new Uint8Array(0))
  const operation = role === 'carrier' ? 'R' : 'S'
  const text =
    phase === 'first'
      ? encodeFirst({ communicationId, operation, revisionLevel })
      : encodeSecond({ response, communicationId, revisionLevel })
  return [encodeBlock({ type: 'header', last: true, text })]
}

function talk(config: DexConfig, state: Talking, input: DexInput): DexStep {
  if (input.type === 'closed') return fail({ reason: 'closed' })
  if (input.type !== 'heard') return { state, effects: [] }
  const heard = input.input
  if (state.yielded && isAnswerToOurBid(state, heard)) {
    return beginPhase(config, 'first', course(true), [heard])
  }
  const step: LinkStep<Sending | Receiving> =
    state.link.side === 'sending'
      ? stepSending(state.link, heard)
      : stepReceiving(state.link, heard)
  if (step.contended) return contend(config, state, heard)
  return follow(config, state, step, heard)
}

/** The machine keeps bidding, the carrier gives way. */
function contend(config: DexConfig, state: Talking, heard: LinkInput): DexStep {
  if (config.role === 'machine') return { state, effects: [] }
  return beginPhase(config, 'first', { ...course(false), yielded: true }, [heard])
}

function isAnswerToOurBid({ phase, link }: Talking, heard: LinkInput): boolean {
  const isFirst = phase === 'first' && link.side === 'receiving' && link.lastText === null
  return isFirst && heard.kind === 'control' && heard.control === 'ack0'
}

function follow(
  config: DexConfig,
  state: Talking,
  { state: link, effects, text, done, also, failed }: LinkStep<Sending | Receiving>,
  heard: LinkInput,
): DexStep {
  if (failed !== undefined) return fail({ reason: failed }, effects)
  const next: Talking = {
    ...state,
    link,
    text: text === undefined || text.length === 0 ? state.text : [...state.text, text],
  }
  if (isTooLarge(config, next)) return fail({ reason: 'too-large' }, [EOT])
  if (!done) return { state: next, effects }
  const after = finishPhase(config, next)
  const finished: DexStep = {
    state: after.state,
    effects: [...effects, ...STOPS, ...after.effects],
  }
  return also ? hearMore(config, finished, [heard]) : finished
}

const EOT: DexEffect = { type: 'send', bytes: encodeControl('eot') }
const STOPS: DexEffect[] = [
  { type: 'stop-timer', id: 'reply' },
  { type: 'stop-timer', id: 'quiet' },
]

function finishPhase(config: DexConfig, state: Talking): DexStep {
  const received = state.link.side === 'receiving' ? join(state.text) : null
  const course: Course = { ...state, text: [] }
  const phase: Phase = state.phase
  switch (phase) {
    case 'first':
      return received === null
        ? beginPhase(config, 'second', course)
        : afterFirst(config, course, received)
    case 'second':
      return received === null ? afterAnswer(config, course) : afterSecond(config, course, received)
    case 'data':
      return ended(
        received === null
          ? { type: 'delivered', peer: course.peer ?? UNKNOWN }
          : { type: 'received', audit: received, peer: course.peer ?? UNKNOWN },
      )
  }
}

const UNKNOWN: DexPeer = { communicationId: '', revisionLevel: '' }

function afterFirst(config: DexConfig, course: Course, text: Uint8Array): DexStep {
  const header = decodeFirst(text)
  if (header === undefined) return fail({ reason: 'bad-header' })
  const { communicationId, revisionLevel, operation } = header
  const wanted = config.role === 'carrier' ? 'S' : 'R'
  const response = operation === wanted ? RESPONSE_OK : RESPONSE_UNSUPPORTED
  const peer = { communicationId, revisionLevel }
  return beginPhase(config, 'second', { ...course, peer, response })
}

/** We told in the second handshake whether we will. */
function afterAnswer(config: DexConfig, course: Course): DexStep {
  if (course.response !== RESPONSE_OK) return fail({ reason: 'unsupported' })
  return beginPhase(config, 'data', course)
}

function afterSecond(config: DexConfig, course: Course, text: Uint8Array): DexStep {
  const header = decodeSecond(text)
  if (header === undefined) return fail({ reason: 'bad-header' })
  const { response, communicationId, revisionLevel } = header
  if (response !== RESPONSE_OK) return fail({ reason: 'refused', response })
  return beginPhase(config, 'data', { ...course, peer: { communicationId, revisionLevel } })
}

function fail(failure: DexFailure, effects: DexEffect[] = []): DexStep {
  const end = ended({ type: 'failed', failure })
  return { state: end.state, effects: [...effects, ...STOPS, ...end.effects] }
}

function ended(effect: DexEffect): DexStep {
  return { state: { phase: 'ended' }, effects: [effect] }
}

/** Headers are one block; only an audit may be long, and even that in blocks of some size. */
function isTooLarge(config: DexConfig, { phase, text }: Talking): boolean {
  if (config.role === 'machine' || phase !== 'data') return text.length > 1
  return text.length > MAX_BLOCKS || sizeOf(text) > config.maxAuditBytes
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((size, piece) => size + piece.length, 0)
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sizeOf(pieces))
  pieces.reduce((at, piece) => {
    whole.set(piece, at)
    return at + piece.length
  }, 0)
  return whole
}
