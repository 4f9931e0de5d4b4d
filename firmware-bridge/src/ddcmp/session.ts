/**
 * A whole DDCMP session as a pure state machine, for both roles.
 *
 *   carrier   START ──▶          WHO ARE YOU ──▶        READ list ──▶          ack … FINIS ──▶
 *   machine        ◀── STACK            ◀── I AM             ◀── reading, pieces …      ◀── ack
 *
 * The carrier looks at the audit (list 2) unless a person asked for a collection by name.
 */
import {
  type AuditList,
  type Credentials,
  decodeMessage,
  encodeFinis,
  encodeIAm,
  encodePiece,
  encodeRead,
  encodeReading,
  encodeWhoAreYou,
  isCollection,
  type WireTime,
} from './command.ts'
import { encodeControl } from './frame.ts'
import {
  type DdcmpLink,
  type DdcmpLinkEffect,
  type DdcmpLinkInput,
  type DdcmpLinkStep,
  NEW_LINK,
  sendPayload,
  stepLink,
} from './link.ts'

export type DdcmpConfig =
  | {
      role: 'carrier'
      credentials: Credentials
      at: WireTime
      /** Null looks only. A collection sets counters back: it names the person who asked for it. */
      collection: { requestedBy: string } | null
      maxAuditBytes: number
      /** Milliseconds that a machine may take for its next message; it may assemble an audit. */
      dataPatienceMs: number
    }
  | { role: 'machine'; audit: Uint8Array; accepts: boolean }

export type DdcmpFailure =
  | 'silent'
  | 'damaged'
  /** The machine does not accept our codes, or the list. */
  | 'refused'
  | 'restarted'
  | 'too-large'
  | 'unexpected'
  | 'closed'

export type DdcmpState =
  | { phase: 'idle' }
  | { phase: 'ended' }
  | { phase: 'starting'; attempts: number }
  | {
      phase: 'greeting' | 'asking' | 'receiving' | 'finishing' | 'serving' | 'telling'
      link: DdcmpLink
      /** Carrier: pieces received. Machine: payloads still to be sent. */
      pieces: readonly Uint8Array[]
      list: number
    }

export type DdcmpInput =
  | { type: 'start' }
  | { type: 'closed' }
  | { type: 'heard'; input: DdcmpLinkInput }

export type DdcmpEffect =
  | DdcmpLinkEffect
  | { type: 'received'; audit: Uint8Array; list: AuditList }
  | { type: 'delivered'; list: AuditList }
  | { type: 'failed'; reason: DdcmpFailure }

export type DdcmpStep = { state: DdcmpState; effects: DdcmpEffect[] }

export const DDCMP_IDLE: DdcmpState = { phase: 'idle' }

const START_MS = 1000
const MAX_STARTS = 10
/** Text of an audit in one message, well below what every machine takes. */
const PIECE_BYTES = 200
const MAX_PIECES = 10_000

/** The next state and what to do. Never throws; after `ended` nothing happens any more. */
export function stepDdcmp(config: DdcmpConfig, state: DdcmpState, input: DdcmpInput): DdcmpStep {
  if (state.phase === 'ended') return { state, effects: [] }
  if (input.type === 'closed') return fail('closed')
  if (input.type === 'start') return begin(config, state)
  if (state.phase === 'idle') return { state, effects: [] }
  if (state.phase === 'starting') return starting(config, state.attempts, input.input)
  return exchange(config, state, input.input)
}

function begin(config: DdcmpConfig, state: DdcmpState): DdcmpStep {
  if (state.phase !== 'idle') return { state, effects: [] }
  if (config.role === 'machine') return { state: { phase: 'starting', attempts: 0 }, effects: [] }
  return callOut(1)
}

/** Speed zero: both stay at the speed at which they heard each other. */
function callOut(attempts: number): DdcmpStep {
  const bytes = encodeControl({ type: 'start', reason: 0, rr: 0, num: 0 })
  return {
    state: { phase: 'starting', attempts },
    effects: [
      { type: 'send', bytes },
      { type: 'timer', id: 'reply', ms: START_MS },
    ],
  }
}

function starting(config: DdcmpConfig, attempts: number, heard: DdcmpLinkInput): DdcmpStep {
  const same: DdcmpStep = { state: { phase: 'starting', attempts }, effects: [] }
  if (config.role === 'machine') return isControl(heard, 'start') ? welcome() : same
  if (heard.kind === 'timer') return attempts >= MAX_STARTS ? fail('silent') : callOut(attempts + 1)
  if (!isControl(heard, 'stack')) return same
  return say('greeting', NEW_LINK, encodeWhoAreYou(config.credentials, config.at))
}

function isControl(heard: DdcmpLinkInput, type: 'start' | 'stack'): boolean {
  return heard.kind === 'control' && heard.type === type
}

/** The machine answers every START with a new beginning: the carrier may have been restarted. */
function welcome(): DdcmpStep {
  const bytes = encodeControl({ type: 'stack', reason: 0, rr: 0, num: 0 })
  return {
    state: { phase: 'serving', link: NEW_LINK, pieces: [], list: 0 },
    effects: [
      { type: 'send', bytes },
      { type: 'timer', id: 'reply', ms: MACHINE_PATIENCE_MS },
    ],
  }
}

/** A carrier that was there and is gone: the machine waits for the next one. */
const MACHINE_PATIENCE_MS = 20_000

type Exchanging = Extract<DdcmpState, { link: unknown }>

function say(phase: Exchanging['phase'], link: DdcmpLink, payload: Uint8Array): DdcmpStep {
  const { link: next, effects } = sendPayload(link, payload)
  return { state: { phase, link: next, pieces: [], list: 0 }, effects }
}

function exchange(config: DdcmpConfig, state: Exchanging, heard: DdcmpLinkInput): DdcmpStep {
  if (isControl(heard, 'start')) return config.role === 'machine' ? welcome() : fail('restarted')
  const step = stepLink(state.link, heard)
  const next: Exchanging = { ...state, link: step.link }
  if (step.failed !== undefined) return giveUp(next, step.failed)
  const then = config.role === 'carrier' ? carry(config, next, step) : serve(config, next, step)
  return { state: then.state, effects: [...step.effects, ...then.effects] }
}

/** A FINIS that nobody acknowledges does not take the audit back. */
function giveUp(state: Exchanging, reason: 'silent' | 'damaged'): DdcmpStep {
  return state.phase === 'finishing' ? received(state) : fail(reason)
}

type Carrier = Extract<DdcmpConfig, { role: 'carrier' }>
type Machine = Extract<DdcmpConfig, { role: 'machine' }>

function carry(config: Carrier, state: Exchanging, step: DdcmpLinkStep): DdcmpStep {
  if (state.phase === 'finishing' && step.delivered) return received(state)
  if (step.payload === undefined) return wait(config, state, step)
  const message = decodeMessage(step.payload)
  if (state.phase === 'greeting' && message.kind === 'i-am') {
    if (!message.accepted) return fail('refused')
    return say('asking', state.link, encodeRead(config.collection ? 'collection' : 'security'))
  }
  if (state.phase === 'asking' && message.kind === 'reading') {
    if (!message.accepted) return fail('refused')
    const list = config.collection === null ? 2 : 1
    return wait(config, { ...state, phase: 'receiving', list }, step)
  }
  if (state.phase === 'receiving' && message.kind === 'piece') {
    return takePiece(config, state, message.text, step)
  }
  return fail('unexpected')
}

/** Its next message is due; the machine repeats what got lost, so we wait longer than it does. */
function wait(config: Carrier, state: Exchanging, step: DdcmpLinkStep): DdcmpStep {
  if (!step.delivered && step.payload === undefined) return { state, effects: [] }
  return { state, effects: [{ type: 'timer', id: 'reply', ms: config.dataPatienceMs }] }
}

function takePiece(
  config: Carrier,
  state: Exchanging,
  text: Uint8Array,
  step: DdcmpLinkStep,
): DdcmpStep {
  const pieces = [...state.pieces, text]
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (size > config.maxAuditBytes || pieces.length > MAX_PIECES) return fail('too-large')
  const next: Exchanging = { ...state, pieces }
  if (!step.last) return wait(config, next, step)
  const { link, effects } = sendPayload(state.link, encodeFinis())
  return { state: { ...next, phase: 'finishing', link }, effects }
}

function received({ pieces, list }: Exchanging): DdcmpStep {
  const audit = Uint8Array.from(pieces.flatMap(piece => Array.from(piece)))
  return end({ type: 'received', audit, list: nameOf(list) })
}

function serve(config: Machine, state: Exchanging, step: DdcmpLinkStep): DdcmpStep {
  if (step.payload !== undefined) return obey(config, state, step.payload)
  if (!step.delivered || state.pieces.length === 0) return { state, effects: [] }
  return tellNext(state)
}

function obey(config: Machine, state: Exchanging, payload: Uint8Array): DdcmpStep {
  const message = decodeMessage(payload)
  if (message.kind === 'who-are-you') {
    return say('serving', state.link, encodeIAm(config.accepts, new Uint8Array(8)))
  }
  if (message.kind === 'read') {
    const { link, effects } = sendPayload(state.link, encodeReading(true, message.list))
    const pieces = inPieces(config.audit)
    return { state: { phase: 'telling', link, pieces, list: message.list }, effects }
  }
  if (message.kind === 'finis' && state.phase === 'telling') {
    return end({ type: 'delivered', list: nameOf(state.list) })
  }
  return { state, effects: [] }
}

function tellNext(state: Exchanging): DdcmpStep {
  const [piece = new Uint8Array(0), ...rest] = state.pieces
  const { link, effects } = sendPayload(state.link, piece, rest.length === 0)
  return { state: { ...state, link, pieces: rest }, effects }
}

function inPieces(audit: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(audit.length / PIECE_BYTES))
  return Array.from({ length: count }, (_, index) =>
    encodePiece(index, audit.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES)),
  )
}

function nameOf(list: number): AuditList {
  return isCollection(list) ? 'collection' : 'security'
}

function fail(reason: DdcmpFailure): DdcmpStep {
  return end({ type: 'failed', reason })
}

function end(effect: DdcmpEffect): DdcmpStep {
  return { state: { phase: 'ended' }, effects: [{ type: 'stop-timer', id: 'reply' }, effect] }
}
