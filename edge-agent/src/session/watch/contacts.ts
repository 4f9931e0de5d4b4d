/** Doors, lids, ignition: changes as facts, how long it was so, how much was sold since. Pure. */
import type { DetailValue, EventKind } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from '../../journal/event-store.ts'

export type ContactRule = {
  signal: string
  rises: EventKind
  falls?: EventKind | undefined
  /** The line it is read from. */
  port: string
}

/** `sinceMs`: wall time of its last change; `sold`: sales that ended since. */
export type ContactState = { on: boolean; sinceMs: number; sold: number }

/**
 * `first`: the first look after a start. A contact of which nothing is known is as it is; one that
 * changed while nobody looked has changed, and the event says so.
 */
export function stepContact(
  rule: ContactRule,
  state: ContactState | undefined,
  on: boolean | undefined,
  { nowMs, first }: { nowMs: number; first: boolean },
): { state: ContactState | undefined; events: EventDraft[] } {
  if (on === undefined || on === state?.on) return { state, events: [] }
  const next = { on, sinceMs: nowMs, sold: 0 }
  const kind = on ? rule.rises : rule.falls
  if (state === undefined || kind === undefined) return { state: next, events: [] }
  const detail: Record<string, DetailValue> = {
    contact: rule.signal,
    forMs: Math.max(0, nowMs - state.sinceMs),
    sold: state.sold,
    ...(first ? { whileAway: true } : {}),
  }
  return { state: next, events: [{ kind, fields: { port: rule.port, detail } }] }
}
