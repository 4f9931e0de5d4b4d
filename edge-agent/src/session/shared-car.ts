/**
 * A shared car: a paid voucher unlocks it for some minutes.
 *
 *   idle ──voucher──▶ recording ──committed──▶ unlocking ──lock open──▶ rented ──┐
 *    ▲                                                                          │ time used up,
 *    └──────────── lock ◀── committed ◀── session.ended, sale.result ◀──────────┘ ignition off,
 *                                                                                 door closed
 * Doors, ignition and positions are facts of their own at any time; during a rental they belong to
 * its sale. The time of the rental is our clock's; the distance is the odometer's.
 */
import type { EventKind } from '@tillproof/shared/event/event.ts'
import type { AppendRefusal, EventDraft } from '../journal/event-store.ts'
import { type CommonInput, type Machine, type SavedSale, step } from './machine.ts'
import { approvalRequest, matchOffer, opened } from './sale.ts'
import { backOf, close, endsAtMs, fact, onBody, record, seenOf } from './shared-car-body.ts'
import {
  type Back,
  BODY_PORT,
  type CarDeed,
  type CarInput,
  type CarState,
  type CarStep,
  FIX_EVERY_MS,
  GIVE_UP_AFTER_MS,
  GPS_PORT,
  KEY,
  RETRY_MS,
  type Recording,
  type Seen,
} from './shared-car-state.ts'
import type { Credit } from './voucher.ts'

type Offer = { item: string; minutes: number; price: string }
type Tariff = { currency: string; offers: readonly Offer[] }

export function sharedCar(tariff: Tariff): Machine<CarState, CarInput, CarDeed> {
  return {
    key: KEY,
    start,
    step: (state, input, nowMs) => advance(state, input, nowMs, tariff),
  }
}

function start(saved: SavedSale | null, nowMs: number): CarStep {
  const seen: Seen = { reading: null, noted: null, fixDueAtMs: nowMs, lockTriedAtMs: 0 }
  if (saved === null || saved.sale === null) return step({ ...seen, phase: 'idle' })
  const phase = saved.phase === 'rented' ? 'rented' : 'unlocking'
  const open = { ...saved, sale: saved.sale }
  return step({ ...seen, phase, open }, giveUpTimer(saved, nowMs))
}

function giveUpTimer(saved: SavedSale, nowMs: number) {
  const afterMs = Math.max(0, endsAtMs(saved) - nowMs) + GIVE_UP_AFTER_MS
  return { type: 'timer', id: 'give-up', afterMs } as const
}

function advance(
  state: CarState,
  input: CarInput | CommonInput,
  nowMs: number,
  tariff: Tariff,
): CarStep {
  switch (input.type) {
    case 'voucher':
      return onVoucher(state, input.credit, nowMs, tariff)
    case 'reading':
      return onReading({ ...state, reading: input.reading }, nowMs)
    case 'fix':
      return onFix(state, input, nowMs)
    case 'bus-lost':
      return step({ ...state, reading: null })
    case 'timer':
      return onTimer(state, input.id)
    case 'recorded':
      return onRecorded(state, input.sale, nowMs)
    case 'not-recorded':
      return onNotRecorded(state, input.reason)
  }
}

function onVoucher(state: CarState, credit: Credit, nowMs: number, tariff: Tariff): CarStep {
  const matched = matchOffer(tariff.offers, tariff.currency, credit)
  if (!matched.ok) return step(state, { type: 'answer', answer: matched.refused })
  if (state.reading === null) return step(state, { type: 'answer', answer: 'machine-down' })
  if (state.phase !== 'idle') return step(state, { type: 'answer', answer: 'busy' })
  const saved: SavedSale = {
    phase: 'unlocking',
    sale: null,
    orderId: credit.orderId,
    amountMinor: String(credit.amountMinor),
    currency: credit.currency,
    item: credit.item,
    approvedAtMs: nowMs,
    figures: { minutes: matched.offer.minutes },
  }
  return record(state, { for: 'approval', saved }, approvalRequest(KEY, saved, BODY_PORT))
}

/** Facts of the body first: the rental's own course follows at the next look. */
function onReading(state: CarState, nowMs: number): CarStep {
  const { reading } = state
  if (reading === null || state.phase === 'recording' || state.phase === 'closing') {
    return step(state)
  }
  const { noted } = state
  const seen = { doorOpen: reading.doorOpen, ignition: reading.ignition }
  // The first look after a start is where the car stands, not something that happened.
  const changes = noted === null ? [] : contactChanges(state, noted, seen)
  const next = { ...state, noted: seen }
  if (changes.length === 0) return onBody(next, reading, nowMs)
  return record(next, { for: 'fact', back: backOf(state) }, { events: changes })
}

type Contacts = NonNullable<Seen['noted']>

function contactChanges(back: Back, before: Contacts, now: Contacts): EventDraft[] {
  const door = now.doorOpen ? 'door.opened' : 'door.closed'
  const ignition = now.ignition ? 'ignition.on' : 'ignition.off'
  const kinds: EventKind[] = []
  if (before.doorOpen !== now.doorOpen) kinds.push(door)
  if (before.ignition !== now.ignition) kinds.push(ignition)
  return kinds.map(kind => fact(back, kind, { port: BODY_PORT }))
}

function onFix(state: CarState, input: CarInput & { type: 'fix' }, nowMs: number): CarStep {
  if (nowMs < state.fixDueAtMs) return step(state)
  if (state.phase === 'recording' || state.phase === 'closing') return step(state)
  const everyMs = state.phase === 'rented' ? FIX_EVERY_MS.rented : FIX_EVERY_MS.otherwise
  const event = fact(state, 'position.fix', { port: GPS_PORT, position: input.position })
  const next = { ...state, fixDueAtMs: nowMs + everyMs }
  return record(next, { for: 'fact', back: backOf(state) }, { events: [event] })
}

function onTimer(state: CarState, id: string): CarStep {
  if (id === 'retry' && state.phase === 'closing') return close(state, state.open, state.result)
  if (id !== 'give-up' || (state.phase !== 'unlocking' && state.phase !== 'rented')) {
    return step(state)
  }
  const reason = 'the car cannot be read'
  return close(state, state.open, { result: 'presumed', reason, before: [] })
}

function onRecorded(state: CarState, sale: number | null, nowMs: number): CarStep {
  if (state.phase !== 'recording') return step(state)
  const seen = seenOf(state)
  const { recording } = state
  switch (recording.for) {
    case 'fact':
      return step({ ...seen, ...recording.back })
    case 'started':
      // The first position of the rental is due now.
      return step({ ...seen, fixDueAtMs: nowMs, phase: 'rented', open: recording.open })
    case 'result':
      return step(
        { ...seen, lockTriedAtMs: nowMs, phase: 'idle' },
        { type: 'cancel', id: 'give-up' },
        { type: 'do', deed: { type: 'lock' } },
      )
    case 'approval':
      return step(
        { ...seen, lockTriedAtMs: nowMs, phase: 'unlocking', open: opened(recording.saved, sale) },
        { type: 'do', deed: { type: 'unlock' } },
        giveUpTimer(recording.saved, nowMs),
        { type: 'answer', answer: 'accepted' },
      )
  }
}

function onNotRecorded(state: CarState, reason: AppendRefusal): CarStep {
  if (state.phase !== 'recording') return step(state)
  return afterRefusal(seenOf(state), state.recording, reason)
}

function afterRefusal(seen: Seen, recording: Recording, reason: AppendRefusal): CarStep {
  switch (recording.for) {
    case 'approval':
      return step({ ...seen, phase: 'idle' }, { type: 'answer', answer: reason })
    case 'fact':
      return step({ ...seen, ...recording.back })
    case 'started':
      return step({ ...seen, phase: 'rented', open: recording.open })
    case 'result':
      return step(
        { ...seen, phase: 'closing', open: recording.open, result: recording.result },
        { type: 'timer', id: 'retry', afterMs: RETRY_MS },
      )
  }
}
