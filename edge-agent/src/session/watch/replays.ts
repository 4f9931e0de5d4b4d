/**
 * Spent vouchers that are shown again. A replay buys nothing, and most are a thumb that did not
 * move; somebody who goes on tries to cheat, or a code hangs in a shop window. Pure.
 */
import type { EventDraft } from '../../journal/event-store.ts'

export type Replays = readonly { orderId: string; times: number; atMs: number }[]

/** Told at this many times, and again whenever they have doubled. */
const TELL_AT = 3
const FORGET_AFTER_MS = 86_400_000
const MOST_ORDERS = 64

export function noteReplay(
  before: Replays,
  orderId: string,
  nowMs: number,
): { replays: Replays; events: EventDraft[] } {
  const fresh = before.filter(({ atMs }) => nowMs - atMs < FORGET_AFTER_MS)
  const times = (fresh.find(it => it.orderId === orderId)?.times ?? 0) + 1
  const others = fresh.filter(it => it.orderId !== orderId)
  const replays = [...others, { orderId, times, atMs: nowMs }].slice(-MOST_ORDERS)
  const doublings = Math.log2(times / TELL_AT)
  if (times < TELL_AT || !Number.isInteger(doublings)) return { replays, events: [] }
  return { replays, events: [{ kind: 'voucher.replayed', fields: { orderId, detail: { times } } }] }
}
