/** For tests: a rental on a bench, and looks as a driver would give them. */
import type { CommonInput } from '../machine.ts'
import { timedRental } from '../timed.ts'
import type { Look, TimedOffer, TimedRules } from '../timed-rules.ts'
import type { TimedDeed, TimedInput, TimedState } from '../timed-state.ts'
import { SessionBench } from './session-bench.ts'

export const PAID = ['sale.requested', 'payment.seen', 'sale.approved']
export const LOST = { type: 'line-lost' } as const
export const GIVE_UP = { type: 'timer', id: 'give-up' } as const

type Given = { type: 'look'; look: Look } | Exclude<TimedInput, { type: 'look' }> | CommonInput

export function benchOf(rules: TimedRules, offer: TimedOffer) {
  return new TimedBench(timedRental(rules, { currency: 'CNY', offers: [offer] }))
}

/** Looks are of the moment in which they are taken. */
class TimedBench extends SessionBench<TimedState, TimedInput, TimedDeed> {
  override feed(input: Given, afterMs = 0): void {
    const atMs = this.nowMs + afterMs
    super.feed(input.type === 'look' ? { ...input, atMs } : input, afterMs)
  }
}

export function look(signals: Record<string, boolean>, meters: Record<string, bigint> = {}) {
  return { type: 'look', look: { signals, meters } } as const
}
