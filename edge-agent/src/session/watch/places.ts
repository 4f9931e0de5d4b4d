/** Fences: whether the machine is where it belongs, and when it leaves and comes back. Pure. */
import type { Position } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from '../../journal/event-store.ts'
import { metresBetween, metresOutside } from './geometry.ts'
import { type VoteRules, type Votes, vote } from './votes.ts'

export type Place = { name: string } & (
  | { centre: Position; radiusMetres: number }
  | { corners: readonly Position[] }
)

export type PlaceState = {
  /** Null before the first decision. */
  inside: boolean | null
  votes: Votes<null>
  /** What the votes are for. */
  votesInside: boolean
}

export const NOWHERE: PlaceState = { inside: null, votes: [], votesInside: false }

/** As the profile says: up to `edgeMetres` beyond the edge nothing is decided. */
export type FenceRules = { votes: VoteRules; edgeMetres: number }

/** The place after a fix, and the event when the machine has left it or come back. */
export function stepPlace(
  rules: FenceRules,
  place: Place,
  state: PlaceState,
  position: Position,
  nowMs: number,
): { state: PlaceState; events: EventDraft[] } {
  const metres = metresBeyond(place, position)
  if (metres > 0 && metres <= rules.edgeMetres) return { state, events: [] }
  const inside = metres <= 0
  if (inside === state.inside) return { state: { ...state, votes: [] }, events: [] }
  const earlier = state.votesInside === inside ? state.votes : []
  const { votes, carried } = vote(rules.votes, earlier, null, nowMs)
  if (!carried) return { state: { ...state, votes, votesInside: inside }, events: [] }
  const next = { inside, votes: [], votesInside: inside }
  // Found inside at first: that is where it belongs, nothing has happened.
  if (inside && state.inside === null) return { state: next, events: [] }
  const kind = inside ? 'place.entered' : 'place.left'
  const detail = { place: place.name, metres: Math.max(0, Math.round(metres)) }
  return { state: next, events: [{ kind, fields: { position, detail } }] }
}

function metresBeyond(place: Place, position: Position): number {
  if ('corners' in place) return metresOutside(place.corners, position)
  return metresBetween(place.centre, position) - place.radiusMetres
}
