/** A machine that should stand: where it stands, and when it has been moved. Pure. */
import type { Position } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from '../../journal/event-store.ts'
import { meanOf, metresBetween } from './geometry.ts'
import { type VoteRules, type Votes, vote } from './votes.ts'

export type StandState = {
  /** Where it stands; null until so many fixes have told. */
  stands: Position | null
  votes: Votes<Position>
}

export const UNPLACED: StandState = { stands: null, votes: [] }

/** Where it is moved to is where it stands from then on, so that each move is told once. */
export function stepStand(
  rules: { votes: VoteRules; withinMetres: number },
  { stands, votes }: StandState,
  position: Position,
  nowMs: number,
): { state: StandState; events: EventDraft[] } {
  const metres = stands === null ? null : metresBetween(stands, position)
  if (metres !== null && metres <= rules.withinMetres)
    return { state: { stands, votes: [] }, events: [] }
  const voted = vote(rules.votes, votes, position, nowMs)
  if (!voted.carried) return { state: { stands, votes: voted.votes }, events: [] }
  const state = { stands: meanOf(voted.votes.map(({ kept }) => kept)), votes: [] }
  if (metres === null) return { state, events: [] }
  const fields = { position, detail: { metres: Math.round(metres) } }
  return { state, events: [{ kind: 'moved', fields }] }
}
