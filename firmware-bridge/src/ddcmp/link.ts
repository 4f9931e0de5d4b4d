/**
 * The numbered, acknowledged exchange of DDCMP, one message under way at a time, from either end.
 * Numbers make repetition harmless: a message that comes again is acknowledged again and dropped.
 */
import {
  type DdcmpFrame,
  encodeControl,
  encodeData,
  NAK_DATA_CRC,
  NAK_OUT_OF_ORDER,
  NAK_REP,
} from './frame.ts'

/** A message of 255 bytes takes more than a second at 2400 baud, and its answer as long. */
export const REPLY_MS = 3000
export const MAX_ATTEMPTS = 5

export type DdcmpLink = {
  /** Number of the last message we sent, and of the last that came in order. */
  sent: number
  received: number
  /** What was sent and not acknowledged; it is encoded anew with the present `received`. */
  pending: { payload: Uint8Array; last: boolean } | null
  attempts: number
}

export const NEW_LINK: DdcmpLink = { sent: 0, received: 0, pending: null, attempts: 0 }

export type DdcmpLinkEffect =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: 'reply'; ms: number }
  | { type: 'stop-timer'; id: 'reply' }

export type DdcmpLinkInput = DdcmpFrame | { kind: 'damaged' } | { kind: 'timer' }

export type DdcmpLinkStep = {
  link: DdcmpLink
  effects: DdcmpLinkEffect[]
  /** Arrived in order, acknowledged, once. */
  payload?: Uint8Array
  last?: boolean
  /** Our pending message arrived. */
  delivered?: true
  /** Nobody listens, or nobody understands. */
  failed?: 'silent' | 'damaged'
}

export function sendPayload(link: DdcmpLink, payload: Uint8Array, last = false): DdcmpLinkStep {
  const sent = (link.sent + 1) % 256
  return transmit({ ...link, sent, pending: { payload, last }, attempts: 0 })
}

function transmit(link: DdcmpLink): DdcmpLinkStep {
  if (link.pending === null) return { link, effects: [] }
  const bytes = encodeData({ rr: link.received, num: link.sent, ...link.pending })
  return {
    link: { ...link, attempts: link.attempts + 1 },
    effects: [
      { type: 'send', bytes },
      { type: 'timer', id: 'reply', ms: REPLY_MS },
    ],
  }
}

/** START and STACK are the session's; everything else of the exchange happens here. */
export function stepLink(link: DdcmpLink, input: DdcmpLinkInput): DdcmpLinkStep {
  switch (input.kind) {
    case 'timer':
      return again(link, 'silent')
    case 'damaged':
      return { link, effects: [answer(link, 'nak', NAK_DATA_CRC)] }
    case 'data':
      return onData(link, input)
    case 'control':
      break
  }
  if (input.type === 'ack') return onAck(link, input.rr)
  if (input.type === 'nak') {
    const acknowledged = onAck(link, input.rr)
    return acknowledged.delivered ? acknowledged : again(link, 'damaged')
  }
  if (input.type === 'rep') {
    const isSame = input.num === link.received
    return { link, effects: [isSame ? answer(link, 'ack') : answer(link, 'nak', NAK_REP)] }
  }
  return { link, effects: [] }
}

function again(link: DdcmpLink, reason: 'silent' | 'damaged'): DdcmpLinkStep {
  if (link.pending === null) {
    return reason === 'silent' ? { link, effects: [], failed: 'silent' } : { link, effects: [] }
  }
  if (link.attempts >= MAX_ATTEMPTS) return { link, effects: [], failed: reason }
  return transmit(link)
}

function onAck(link: DdcmpLink, rr: number): DdcmpLinkStep {
  if (link.pending === null || rr !== link.sent) return { link, effects: [] }
  const timer: DdcmpLinkEffect = { type: 'stop-timer', id: 'reply' }
  return { link: { ...link, pending: null, attempts: 0 }, effects: [timer], delivered: true }
}

/** The header of a data message acknowledges too. */
function onData(link: DdcmpLink, data: Extract<DdcmpFrame, { kind: 'data' }>): DdcmpLinkStep {
  const acknowledged = onAck(link, data.rr)
  const now = acknowledged.link
  if (data.num === now.received) {
    return { ...acknowledged, effects: [...acknowledged.effects, answer(now, 'ack')] }
  }
  if (data.num !== (now.received + 1) % 256) {
    const nak = answer(now, 'nak', NAK_OUT_OF_ORDER)
    return { ...acknowledged, effects: [...acknowledged.effects, nak] }
  }
  const advanced: DdcmpLink = { ...now, received: data.num }
  return {
    ...acknowledged,
    link: advanced,
    effects: [...acknowledged.effects, answer(advanced, 'ack')],
    payload: data.payload,
    last: data.last,
  }
}

function answer(link: DdcmpLink, type: 'ack' | 'nak', reason = 0): DdcmpLinkEffect {
  const bytes = encodeControl({ type, reason, rr: link.received, num: 0 })
  return { type: 'send', bytes }
}
