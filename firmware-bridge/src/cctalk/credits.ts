/**
 * Which coins are new in an acceptor's answer to "read buffered credits".
 *
 *   counter | a1 b1 | a2 b2 | a3 b3 | a4 b4 | a5 b5      newest first
 *
 * The counter rises with every event, from 255 to 1; 0 means that the acceptor was just switched
 * on. Only the last five events are kept: a counter that jumped by more has lost some, and lost
 * money must be said, not guessed.
 */

export type AcceptorEvent =
  /** Coin number `coin` (1–16) was accepted and sent down `path`. */
  { kind: 'coin'; coin: number; path: number } | { kind: 'error'; code: number }

export type CreditReport = {
  /** To be remembered, durably, before anything of this report is booked. */
  counter: number
  /** New since the last report, oldest first. */
  events: AcceptorEvent[]
  /** Events that nobody will ever know. */
  lost: number
  /** The acceptor was switched off and on: it counts from the beginning. */
  restarted: boolean
}

const KEPT_EVENTS = 5
const REPLY_BYTES = 1 + 2 * KEPT_EVENTS

/**
 * `previous`: the counter of the last report, null when there was none: what is in the acceptor
 * then was dealt with by somebody else, and is not credited again.
 * @returns undefined when `data` is no such answer.
 */
export function readCredits(previous: number | null, data: Uint8Array): CreditReport | undefined {
  const counter = data[0]
  if (data.length !== REPLY_BYTES || counter === undefined) return undefined
  if (previous === null || counter === previous) {
    return { counter, events: [], lost: 0, restarted: false }
  }
  if (counter === 0) return { counter, events: [], lost: 0, restarted: true }
  const fresh = counter > previous ? counter - previous : counter - previous + 255
  const events = readEvents(data, Math.min(fresh, KEPT_EVENTS))
  // A counter that fell below what five events can explain most likely began anew, unseen by us.
  // Either way the newest events are new, and what lies before them is unknown.
  const restarted = counter < previous && fresh > KEPT_EVENTS
  const lost = restarted ? Math.max(0, counter - KEPT_EVENTS) : Math.max(0, fresh - KEPT_EVENTS)
  return { counter, events: restarted ? events.slice(-counter) : events, lost, restarted }
}

/**
 * An answer from before the last one that arrives only now: its counter is behind by few, and its
 * newest events are the older ones that we know. Read as new, it would credit money twice.
 */
export function isStale(last: Uint8Array, data: Uint8Array): boolean {
  const [now, then] = [last[0] ?? 0, data[0] ?? 0]
  if (data.length !== REPLY_BYTES || then === 0 || now === then) return false
  const behind = now > then ? now - then : now - then + 255
  if (behind >= KEPT_EVENTS) return false
  const shared = last.subarray(1 + 2 * behind)
  return shared.every((byte, i) => byte === data[1 + i])
}

/** The newest `count` events, oldest first; empty places of a fresh acceptor are none. */
function readEvents(data: Uint8Array, count: number): AcceptorEvent[] {
  return Array.from({ length: count }, (_, index) => readEvent(data, count - 1 - index)).filter(
    event => event !== null,
  )
}

function readEvent(data: Uint8Array, place: number): AcceptorEvent | null {
  const [a = 0, b = 0] = data.subarray(1 + 2 * place)
  if (a !== 0) return { kind: 'coin', coin: a, path: b }
  return b === 0 ? null : { kind: 'error', code: b }
}
