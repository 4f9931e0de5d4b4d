/**
 * The shape of every session machine: a pure function from (state, input, now) to (state, effects).
 * Machines own the order of facts and deeds; the runner in `drivers/` owns disk, lines and timers.
 *
 * The contract with the runner:
 * - Effects are carried out in order. A `record` is the last effect of its step, and nothing after
 *   it happens before its commit: the very next input is `recorded` or `not-recorded`, all others
 *   wait. So a deed that must follow a fact is returned from the `recorded` step.
 * - What must survive a power cut is part of the recorded request (`state`), so facts and state are
 *   on the disk together or not at all. `start` begins from what the last commit left.
 * - Each `voucher` input gets exactly one `answer` effect before the next input is taken.
 */
import type { AppendRefusal, AppendRequest } from '../journal/event-store.ts'
import type { Credit, VoucherRefusal } from './voucher.ts'

export type Effect<Deed> = { type: 'record'; request: AppendRequest } | QuickEffect<Deed>
/** Effects that need no waiting. */
export type QuickEffect<Deed> =
  | { type: 'do'; deed: Deed }
  | { type: 'answer'; answer: 'accepted' | VoucherRefusal }
  | { type: 'timer'; id: string; afterMs: number }
  | { type: 'cancel'; id: string }
  /** A line for people; never part of the evidence. */
  | { type: 'note'; text: string }

export type Step<State, Deed> = { state: State; effects: Effect<Deed>[] }

export type CommonInput =
  | { type: 'voucher'; credit: Credit }
  | { type: 'timer'; id: string }
  /** `sale`: index of the sale that the request opened, null when it opened none. */
  | { type: 'recorded'; sale: number | null }
  | { type: 'not-recorded'; reason: AppendRefusal }

export type Machine<State, Input, Deed> = {
  /** Key under which the journal keeps the state. */
  key: string
  /** From the state of the last commit, or from nothing. */
  start(saved: SavedSale | null, nowMs: number): Step<State, Deed>
  step(state: State, input: Input | CommonInput, nowMs: number): Step<State, Deed>
}

/**
 * A sale that was approved and has no result yet: all a machine needs to finish it after a restart.
 * Stored as JSON; `sale` is null in the very transaction that opens it, because the index is born
 * there. The runner then finds it by its order.
 */
export type SavedSale = {
  phase: string
  sale: number | null
  /** Empty for a sale that was only watched. */
  orderId: string
  /** Minor units as decimal text: JSON has no bigint. */
  amountMinor: string
  currency: string
  item: string
  approvedAtMs: number
  /** What the machine in question needs besides. */
  figures: SaleFigures
}

export type SaleFigures = {
  /** Time and units bought. */
  minutes?: number
  units?: number
  /** Decimal text: what a unit costs, where less than all may be used. */
  unitPriceMinor?: string
  /** Raw meters at the approval, decimal text. */
  before?: Record<string, string>
  /** The reader's number of the machine's request; says nothing after a restart. */
  ask?: number
  /** Watched: whose reader, and whether nobody knows what its price means. */
  reader?: number
  unpriced?: boolean
}

export function step<State, Deed>(state: State, ...effects: Effect<Deed>[]): Step<State, Deed> {
  return { state, effects }
}
