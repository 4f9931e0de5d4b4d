/**
 * What is noted of a machine beside its sales: contacts, positions, places it should be in, meters
 * that must not fall, vouchers shown again. One pure step a look, a fix or a replay:
 *
 *   (rules, state, input) → {state, events}
 *
 * State and events are written in one transaction; when that is refused, the old state stays and
 * the next look tells the same again. While a sale is open, the facts belong to it.
 */
import type { Position } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from '../../journal/event-store.ts'
import type { Look } from '../timed-rules.ts'
import { type ContactRule, stepContact } from './contacts.ts'
import { type MeterRule, stepMeter } from './continuity.ts'
import { stepStand } from './movement.ts'
import { NOWHERE, type Place, stepPlace } from './places.ts'
import { noteReplay } from './replays.ts'
import type { VoteRules } from './votes.ts'
import type { WatchState } from './watch-state.ts'

export type WatchRules = {
  contacts: readonly ContactRule[]
  position?: {
    port: string
    everySeconds: { serving: number; otherwise: number }
    standsWithinMetres?: number | undefined
    votes: VoteRules
    /** A receiver that stands still wanders by as much over the edge of a fence. */
    edgeMetres: number
  }
  places: readonly Place[]
  /** Meters that never fall. */
  meters: Readonly<Record<string, MeterRule>>
}

export type WatchInput =
  | { type: 'look'; look: Look }
  | { type: 'fix'; position: Position }
  | { type: 'replayed'; orderId: string }
  /** A sale has ended. */
  | { type: 'sold' }

/** `sale`: the open one. */
export type WatchMoment = { nowMs: number; sale: number | null }
export type WatchStep = { state: WatchState; events: EventDraft[] }

export function stepWatch(
  rules: WatchRules,
  state: WatchState,
  input: WatchInput,
  moment: WatchMoment,
): WatchStep {
  const { state: next, events } = take(rules, state, input, moment)
  const { sale } = moment
  return { state: next, events: sale === null ? events : events.map(it => ofSale(it, sale)) }
}

/** An epoch of a meter is the machine's own, whoever rents it. */
function ofSale(draft: EventDraft, sale: number): EventDraft {
  const isOwn = draft.kind === 'meter.epoch' || draft.kind === 'voucher.replayed'
  return isOwn ? draft : { ...draft, sale }
}

function take(
  rules: WatchRules,
  state: WatchState,
  input: WatchInput,
  moment: WatchMoment,
): WatchStep {
  switch (input.type) {
    case 'look':
      return onLook(rules, state, input.look, moment)
    case 'fix':
      return onFix(rules, state, input.position, moment)
    case 'replayed': {
      const { replays, events } = noteReplay(state.replays, input.orderId, moment.nowMs)
      return { state: { ...state, replays }, events }
    }
    case 'sold': {
      const entries = Object.entries(state.contacts)
      const contacts = entries.map(([name, it]) => [name, { ...it, sold: it.sold + 1 }] as const)
      return { state: { ...state, contacts: Object.fromEntries(contacts) }, events: [] }
    }
  }
}

function onLook(
  rules: WatchRules,
  state: WatchState,
  { signals, meters }: Look,
  { nowMs }: WatchMoment,
): WatchStep {
  const next = { ...state, contacts: { ...state.contacts }, meters: { ...state.meters } }
  const events: EventDraft[] = []
  for (const rule of rules.contacts) {
    const { signal } = rule
    if (signals[signal] === undefined) continue
    const first = !state.seen.includes(signal)
    const stepped = stepContact(rule, state.contacts[signal], signals[signal], { nowMs, first })
    events.push(...stepped.events)
    if (stepped.state !== undefined) next.contacts[signal] = stepped.state
    if (first) next.seen = [...next.seen, signal]
  }
  for (const [name, rule] of Object.entries(rules.meters)) {
    const value = meters[name]
    if (value === undefined) continue
    const stepped = stepMeter(name, rule, state.meters[name], value)
    events.push(...stepped.events)
    next.meters[name] = stepped.state
  }
  return { state: next, events }
}

function onFix(
  rules: WatchRules,
  state: WatchState,
  position: Position,
  moment: WatchMoment,
): WatchStep {
  if (rules.position === undefined) return { state, events: [] }
  const { port, standsWithinMetres, votes } = rules.position
  const noted = noteFix(rules.position, state, position, moment)
  const next = { ...noted.state, places: { ...state.places } }
  const events = [...noted.events]
  for (const place of rules.places) {
    const before = state.places[place.name] ?? NOWHERE
    const stepped = stepPlace(rules.position, place, before, position, moment.nowMs)
    next.places[place.name] = stepped.state
    events.push(...stepped.events)
  }
  if (standsWithinMetres !== undefined) {
    const stand = { votes, withinMetres: standsWithinMetres }
    const stepped = stepStand(stand, state.stand, position, moment.nowMs)
    next.stand = stepped.state
    events.push(...stepped.events)
  }
  return { state: next, events: events.map(it => ({ ...it, fields: { ...it.fields, port } })) }
}

/** The first position of a sale is due at once, and so is the first one after it. */
function noteFix(
  { everySeconds }: NonNullable<WatchRules['position']>,
  state: WatchState,
  position: Position,
  { nowMs, sale }: WatchMoment,
): WatchStep {
  const begins = sale !== null && sale !== state.fixSale
  if (!begins && nowMs < state.fixDueAtMs) return { state, events: [] }
  const seconds = sale === null ? everySeconds.otherwise : everySeconds.serving
  return {
    state: { ...state, fixDueAtMs: nowMs + seconds * 1000, fixSale: sale },
    events: [{ kind: 'position.fix', fields: { position } }],
  }
}
