/** What visits to a machine show to be wrong, as incidents that a person closes. Pure. */
import { alarmsOf } from '@tillproof/shared/attest/cusum.ts'
import type { SlotCheck } from '@tillproof/shared/attest/stock.ts'
import type { WatchedIncident } from '../../machines/incidents/incident.ts'
import type { Surroundings, Visit } from './store.ts'

/** A visit and what it is held against. */
export type CheckedVisit = { visit: Visit; slots: readonly SlotCheck[]; around: Surroundings }

/** Clocks of people and machines differ, and people write down afterwards. */
export const DOOR_WITHIN_MS = 7_200_000
/** Sold while somebody stood there: tests, or sales to oneself. */
export const SALES_WITHIN_MS = 600_000
const MOST_SALES_AT_VISIT = 10

const KINDS = { unsold: 'stock-short', phantom: 'stock-over' } as const

export function findingsOf(visits: readonly CheckedVisit[]): WatchedIncident[] {
  return [
    ...drifts(visits),
    ...visits.flatMap(each => [...risen(each), ...unseen(each)]),
    ...visits.flatMap(soldAtVisit),
  ]
}

/** Goods that leak slowly, on either side; each visit is a step. */
function drifts(visits: readonly CheckedVisit[]): WatchedIncident[] {
  const counted = visits.filter(({ slots }) => slots.length > 0)
  const steps = counted.map(({ slots }) => ({
    sales: slots.reduce((sum, { sold }) => sum + sold, 0),
    error: BigInt(slots.reduce((sum, { error }) => sum + error, 0)),
  }))
  return alarmsOf(steps).flatMap(({ side, first, last, pieces }) => {
    const span = counted.slice(first, last + 1)
    const [begin, end] = [span.at(0)?.visit, span.at(-1)?.visit]
    if (begin === undefined || end === undefined) return []
    const sold = steps.slice(first, last + 1).reduce((sum, { sales }) => sum + sales, 0)
    const slots = slotsOf(span.flatMap(each => each.slots))
    const told = { pieces: Number(pieces), sales: sold, visits: span.length, slots }
    return [incident(KINDS[side], end, { ...told, since: begin.at.toISOString() })]
  })
}

/** By slot, pieces missing or too many in the whole span. */
function slotsOf(checks: readonly SlotCheck[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const { slot, error } of checks) sums.set(slot, (sums.get(slot) ?? 0) + error)
  return Object.fromEntries([...sums].filter(([, error]) => error !== 0))
}

/** More in a slot than there could be without a refill that nobody stated. */
function risen({ visit, slots }: CheckedVisit): WatchedIncident[] {
  const more = slots.filter(({ hasRisen }) => hasRisen)
  if (more.length === 0) return []
  return [incident('stock-risen', visit, { slots: slotsOf(more) })]
}

/** A refill is stated, and no door of the machine was moved around that time. */
function unseen({ visit, around }: CheckedVisit): WatchedIncident[] {
  const added = visit.lines.reduce((sum, line) => sum + line.added, 0)
  if (added === 0 || !around.hasDoor || around.doorMoves > 0) return []
  return [incident('refill-unseen', visit, { added, withinMinutes: DOOR_WITHIN_MS / 60_000 })]
}

/** Weak: an honest technician tests a machine, too. */
function soldAtVisit({ visit, around }: CheckedVisit): WatchedIncident[] {
  if (around.sales < MOST_SALES_AT_VISIT) return []
  const withinMinutes = SALES_WITHIN_MS / 60_000
  return [incident('sales-at-visit', visit, { sales: around.sales, withinMinutes, isWeak: true })]
}

/** Of each kind and visit one is told once: closed with the same visit, it is judged. */
function incident(
  kind: WatchedIncident['kind'],
  { id, at, visitor }: Visit,
  detail: Record<string, unknown>,
): WatchedIncident {
  return {
    kind,
    subject: `visit:${id}`,
    index: 0,
    detail: { visitId: id, visitAt: at.toISOString(), visitor, ...detail },
    known: 'visitId',
  }
}
