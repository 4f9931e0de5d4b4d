/** What the car's body tells a rental: lock, doors and ignition move it from phase to phase. */
import type { EventKind } from '@tillproof/shared/event/event.ts'
import type { AppendRequest, EventDraft, EventFields } from '../journal/event-store.ts'
import { type SavedSale, step } from './machine.ts'
import { type OpenSale, resultRequest } from './sale.ts'
import {
  type Back,
  BODY_PORT,
  type CarReading,
  type CarStep,
  KEY,
  LOCK_RETRY_MS,
  type Recording,
  type Result,
  type Seen,
  UNLOCK_LIMIT_MS,
} from './shared-car-state.ts'

/** Wall time at which the paid minutes are used up. */
export function endsAtMs({ approvedAtMs, figures }: SavedSale): number {
  return approvedAtMs + (figures.minutes ?? 0) * 60_000
}

/** The next move of the rental, given a fresh look at the car. */
export function onBody(state: Seen & Back, reading: CarReading, nowMs: number): CarStep {
  switch (state.phase) {
    case 'idle':
      return onIdle(state, reading, nowMs)
    case 'unlocking':
      return onUnlocking(state, state.open, reading, nowMs)
    case 'rented':
      if (nowMs < endsAtMs(state.open) || reading.ignition || reading.doorOpen) return step(state)
      return close(state, state.open, {
        result: 'success',
        before: [{ kind: 'session.ended', sale: state.open.sale, fields: odometer(reading) }],
      })
  }
}

/** Nobody rents: a car left unlocked is locked again. */
function onIdle(state: Seen & Back, reading: CarReading, nowMs: number): CarStep {
  const parked = !reading.ignition && !reading.doorOpen
  if (!reading.unlocked || !parked || nowMs - state.lockTriedAtMs < LOCK_RETRY_MS) {
    return step(state)
  }
  return step({ ...state, lockTriedAtMs: nowMs }, { type: 'do', deed: { type: 'lock' } })
}

function onUnlocking(
  state: Seen & Back,
  open: OpenSale,
  reading: CarReading,
  nowMs: number,
): CarStep {
  if (reading.unlocked) {
    const rented: SavedSale = { ...open, phase: 'rented' }
    return record(
      state,
      { for: 'started', open },
      {
        events: [{ kind: 'session.started', sale: open.sale, fields: odometer(reading) }],
        state: { [KEY]: JSON.stringify(rented) },
      },
    )
  }
  if (nowMs - open.approvedAtMs > UNLOCK_LIMIT_MS) {
    const reason = 'the car did not unlock'
    return close(state, open, { result: 'failed', reason, before: [] })
  }
  if (nowMs - state.lockTriedAtMs < LOCK_RETRY_MS) return step(state)
  return step({ ...state, lockTriedAtMs: nowMs }, { type: 'do', deed: { type: 'unlock' } })
}

/** Writes the result; it ends the sale and the state that a restart would begin from. */
export function close(seen: Seen, open: OpenSale, result: Result): CarStep {
  const request = resultRequest(KEY, open, result)
  return record(seen, { for: 'result', open, result }, request)
}

export function record(seen: Seen, recording: Recording, request: AppendRequest): CarStep {
  return step({ ...seenOf(seen), phase: 'recording', recording }, { type: 'record', request })
}

export function seenOf({ reading, noted, fixDueAtMs, lockTriedAtMs }: Seen): Seen {
  return { reading, noted, fixDueAtMs, lockTriedAtMs }
}

/** The phase to come back to after a fact that does not change it. */
export function backOf(state: Back): Back {
  return state.phase === 'idle' ? { phase: 'idle' } : { phase: state.phase, open: state.open }
}

/** A fact beside the sale's own course; during a rental it belongs to the sale. */
export function fact(back: Back, kind: EventKind, fields: EventFields): EventDraft {
  return back.phase === 'idle' ? { kind, fields } : { kind, fields, sale: back.open.sale }
}

function odometer(reading: CarReading): EventFields {
  return { port: BODY_PORT, meters: { odometer: reading.odometer } }
}
