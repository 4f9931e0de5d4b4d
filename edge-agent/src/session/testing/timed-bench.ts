/** For tests: a rental on a bench, and looks as a driver would give them. */
import { timedRental } from '../timed.ts'
import type { TimedOffer, TimedRules } from '../timed-rules.ts'
import { SessionBench } from './session-bench.ts'

export const PAID = ['sale.requested', 'payment.seen', 'sale.approved']
export const LOST = { type: 'line-lost' } as const
export const GIVE_UP = { type: 'timer', id: 'give-up' } as const

export function benchOf(rules: TimedRules, offer: TimedOffer) {
  return new SessionBench(timedRental(rules, { currency: 'CNY', offers: [offer] }))
}

export function look(signals: Record<string, boolean>, meters: Record<string, bigint> = {}) {
  return { type: 'look', look: { signals, meters } } as const
}
