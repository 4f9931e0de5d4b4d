/** What a session with an acceptor is given, remembers, hears and does (see acceptor.ts). */
import type { Scaling } from './coin-value.ts'
import type { CctalkFrame } from './frame.ts'

export type AcceptorConfig = {
  accepts: 'coins' | 'bills'
  address: number
  host: number
  /**
   * Counter of the last report that was written down, null when there was none: what the acceptor
   * holds then was dealt with by somebody else.
   */
  previousCounter: number | null
  /** Decimals of the machine's currency. */
  exponent: number
  /** Values in minor units by number of the coin or bill; they go before the acceptor's names. */
  values: Readonly<Record<number, bigint>>
  /** How often to look for money, in milliseconds. */
  pollMs: number
}

export type Request =
  | { what: 'presence' | 'credits' | 'enable' | 'mode' }
  | { what: 'scaling'; country: string }
  | { what: 'name'; number: number }
  | { what: 'inhibit'; accepting: boolean }

export type AcceptorState = {
  phase: 'off' | 'starting' | 'polling' | 'absent'
  waiting: readonly Request[]
  asked: Request | null
  attempts: number
  /** Until then nothing heard is believed: it may answer what was asked before. */
  draining: boolean
  /** The pause after an answer, in which the same answer said twice is let pass. */
  resting: boolean
  accepting: boolean
  counter: number | null
  /** The last answer to "credits": tells an answer that comes late from a new one. */
  lastCredits: Uint8Array | null
  scaling: Scaling | null
  names: Readonly<Record<number, string>>
}

export type AcceptorInput =
  | { type: 'opened' | 'closed' }
  | { type: 'heard'; frame: CctalkFrame }
  | { type: 'timer'; id: AcceptorTimer }
  /** Take money, or refuse it: lifts or imposes the master inhibit. */
  | { type: 'accept'; on: boolean }

export type AcceptorTimer = 'reply' | 'poll' | 'gap'

/** One coin or bill. `value` in minor units; null when nobody told what it is worth. */
export type Taken = { number: number; name: string | null; value: bigint | null; path: number }

export type AcceptorEffect =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'timer'; id: AcceptorTimer; ms: number }
  | { type: 'stop-timer'; id: AcceptorTimer }
  /** Answers, and knows whether it may take money. */
  | { type: 'ready'; names: Readonly<Record<number, string>> }
  | { type: 'unreachable' }
  | { type: 'accepting'; on: boolean }
  /** The acceptor would not do this. */
  | { type: 'refused'; what: Request['what'] }
  /**
   * Money since the last report, oldest first; `lost` events that nobody will know. To be written
   * down together with `counter`, or else it would be told again.
   */
  | { type: 'credits'; counter: number; taken: Taken[]; lost: number; restarted: boolean }
  /** A bill waits for a decision although nobody asked for escrow; it is no money yet. */
  | { type: 'escrow'; number: number }
  | { type: 'trouble'; code: number }

export type AcceptorStep = { state: AcceptorState; effects: AcceptorEffect[] }

export const ACCEPTOR_OFF: AcceptorState = {
  phase: 'off',
  waiting: [],
  asked: null,
  attempts: 0,
  draining: false,
  resting: false,
  accepting: false,
  counter: null,
  lastCredits: null,
  scaling: null,
  names: {},
}
