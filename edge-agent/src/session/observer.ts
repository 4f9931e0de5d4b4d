/**
 * Sales that pass by on a machine's MDB bus, of one cashless reader that is not ours, and cash
 * sales told to it. Nothing is ever sent: this machine has no deeds.
 *
 *   idle ──requested──▶ asked ──approved──▶ recording ──committed──▶ approved ──outcome──▶ idle
 *
 * A sale is opened when it is approved, with the approved amount, which may differ from the
 * request. Its outcome is told, or presumed by the rules of the bus; when we were away meanwhile,
 * it is presumed too. While the disk is full, facts wait in order: the bus does not.
 */
import type { AppendRefusal, AppendRequest } from '../journal/event-store.ts'
import {
  type CommonInput,
  type Effect,
  type Machine,
  type SavedSale,
  type Step,
  step,
} from './machine.ts'
import {
  bookApproved,
  bookCash,
  bookOutcome,
  bookRefused,
  bookWhole,
  type ObservedVend,
  type ObserverRules,
  type SeenFact,
} from './observer-book.ts'
import { type OpenSale, opened } from './sale.ts'

export type ObserverInput = { type: 'seen'; fact: SeenFact }
export type ObserverDeed = never

type Course =
  | { phase: 'idle' }
  | { phase: 'asked'; vend: ObservedVend }
  | { phase: 'approved'; open: OpenSale }
/** A request, and where the course goes once it is on the disk. */
type Booking = {
  request: AppendRequest
  next: Course | { phase: 'opening'; saved: SavedSale }
}

export type ObserverState = {
  course: Course
  /** On its way to the disk; facts wait until it is there. */
  booking: Booking | null
  waiting: readonly SeenFact[]
  /** A sale was given up, and no other begun: an outcome that still comes is no other sale's. */
  hasGivenUp: boolean
}
export type ObserverStep = Step<ObserverState, ObserverDeed>

/** No machine takes longer between approval and outcome. */
const OUTCOME_WAIT_MS = 180_000
/** Nor is an outcome told later than this, after a restart of ours either. */
const LATEST_OUTCOME_MS = 3_600_000
const RETRY_MS = 1_000
/** A bus has a sale every few seconds at most: half an hour with a full disk. */
const MAX_WAITING = 1_000
const OUTCOME_TIMER = { type: 'timer', id: 'outcome', afterMs: OUTCOME_WAIT_MS } as const
const NOT_HEARD = { kind: 'presumed', because: 'not heard' } as const
const GIVEN_UP = 'given-up'
const IDLE: Course = { phase: 'idle' }

export function observer(
  rules: ObserverRules,
): Machine<ObserverState, ObserverInput, ObserverDeed> {
  return {
    key: keyOf(rules),
    start,
    step: (state, input, nowMs) => advance({ rules, nowMs }, state, input),
  }
}

export function keyOf({ port, reader }: ObserverRules): string {
  return `session.observer.${port}.${reader}`
}

function start(saved: SavedSale | null, nowMs: number): ObserverStep {
  if (saved === null || saved.sale === null) return step(at(IDLE))
  if (saved.phase === GIVEN_UP) {
    const isLong = nowMs - saved.approvedAtMs > LATEST_OUTCOME_MS
    return step({ ...at(IDLE), hasGivenUp: !isLong })
  }
  return step(at({ phase: 'approved', open: { ...saved, sale: saved.sale } }), OUTCOME_TIMER)
}

function at(course: Course): ObserverState {
  return { course, booking: null, waiting: [], hasGivenUp: false }
}

type Now = { rules: ObserverRules; nowMs: number }

function advance(now: Now, state: ObserverState, input: ObserverInput | CommonInput): ObserverStep {
  switch (input.type) {
    case 'voucher':
      return step(state, { type: 'answer', answer: 'machine-down' })
    case 'seen':
      return state.booking === null ? see(now, state, input.fact) : wait(state, input.fact)
    case 'timer':
      return onTimer(now, state, input.id)
    case 'recorded':
      return onRecorded(now, state, input.sale)
    case 'not-recorded':
      return onNotRecorded(now, state, input.reason)
  }
}

function wait(state: ObserverState, fact: SeenFact): ObserverStep {
  if (state.waiting.length < MAX_WAITING) {
    return step({ ...state, waiting: [...state.waiting, fact] })
  }
  return step(state, { type: 'note', text: `too many facts wait for the disk: ${fact.kind} lost` })
}

function see(now: Now, state: ObserverState, fact: SeenFact): ObserverStep {
  const { course } = state
  switch (fact.kind) {
    case 'requested':
      if (course.phase === 'approved') return presumeBefore(now, state, course.open, fact)
      return step({ ...state, course: { phase: 'asked', vend: fact }, hasGivenUp: false })
    case 'approved':
      if (course.phase === 'approved') return presumeBefore(now, state, course.open, fact)
      return approve(now, state, course.phase === 'asked' ? course.vend : fact, fact)
    case 'cash-sale':
      return book(state, { request: bookCash(now.rules, fact), next: course })
    case 'denied':
      if (course.phase !== 'asked') return step(state)
      return book(state, { request: bookRefused(now.rules, course.vend), next: IDLE })
    case 'cancelled':
      return step(course.phase === 'asked' ? { ...state, course: IDLE } : state)
    case 'failed':
      if (isLate(state)) return step({ ...state, hasGivenUp: false })
      // What failed without an approval that we heard was no sale.
      if (course.phase !== 'approved') return step({ ...state, course: IDLE })
      return book(state, { request: bookOutcome(keyOf(now.rules), course.open, fact), next: IDLE })
    case 'succeeded':
    case 'presumed':
      if (isLate(state)) return step({ ...state, hasGivenUp: false })
      return give(now, state, fact)
  }
}

function isLate({ course, hasGivenUp }: ObserverState): boolean {
  return course.phase !== 'approved' && hasGivenUp
}

function approve(
  { rules, nowMs }: Now,
  state: ObserverState,
  asked: ObservedVend,
  approved: ObservedVend,
): ObserverStep {
  const { saved, request } = bookApproved(rules, keyOf(rules), asked, approved, nowMs)
  return book({ ...state, hasGivenUp: false }, { request, next: { phase: 'opening', saved } })
}

/** Goods without an approval that we heard are a sale all the same. */
function give(
  { rules }: Now,
  state: ObserverState,
  fact: SeenFact & { kind: 'succeeded' | 'presumed' },
): ObserverStep {
  const { course } = state
  const request =
    course.phase === 'approved'
      ? bookOutcome(keyOf(rules), course.open, fact)
      : bookWhole(rules, course.phase === 'asked' ? course.vend : fact, fact)
  return book(state, { request, next: IDLE })
}

/** The machine went on to the next customer; what became of the last one was not heard. */
function presumeBefore(now: Now, state: ObserverState, open: OpenSale, fact: SeenFact) {
  return presume(now, { ...state, waiting: [fact, ...state.waiting] }, open)
}

function presume({ rules }: Now, state: ObserverState, open: OpenSale): ObserverStep {
  return book(state, { request: bookOutcome(keyOf(rules), open, NOT_HEARD), next: IDLE })
}

/** That it was given up is kept, or after a restart its outcome would be another sale. */
function giveUp({ rules }: Now, state: ObserverState, open: OpenSale): ObserverStep {
  const request = bookOutcome(keyOf(rules), open, NOT_HEARD)
  const kept = { [keyOf(rules)]: JSON.stringify({ ...open, phase: GIVEN_UP }) }
  return book({ ...state, hasGivenUp: true }, { request: { ...request, state: kept }, next: IDLE })
}

function book(state: ObserverState, booking: Booking): ObserverStep {
  return step({ ...state, booking }, { type: 'record', request: booking.request })
}

function onTimer(now: Now, state: ObserverState, id: string): ObserverStep {
  const { course, booking } = state
  if (id === 'retry' && booking !== null) return book(state, booking)
  if (id !== 'outcome' || course.phase !== 'approved') return step(state)
  // The disk has something else to take first.
  if (booking !== null) return step(state, { ...OUTCOME_TIMER, afterMs: RETRY_MS })
  return giveUp(now, state, course.open)
}

function onRecorded(now: Now, state: ObserverState, sale: number | null): ObserverStep {
  if (state.booking === null) return step(state)
  const { next } = state.booking
  const written = { ...state, booking: null }
  if (next.phase !== 'opening') return goOn(now, { ...written, course: next })
  const course = { phase: 'approved', open: opened(next.saved, sale) } as const
  return goOn(now, { ...written, course }, [OUTCOME_TIMER])
}

/** Takes the facts that wait, until one of them has to be written first. */
function goOn(now: Now, state: ObserverState, effects: Effect<ObserverDeed>[] = []): ObserverStep {
  const [fact, ...waiting] = state.waiting
  if (fact === undefined || state.booking !== null) return { state, effects }
  const seen = see(now, { ...state, waiting }, fact)
  return goOn(now, seen.state, [...effects, ...seen.effects])
}

/** A log that has ended takes no new sales; all else is written when there is room. */
function onNotRecorded(now: Now, state: ObserverState, reason: AppendRefusal): ObserverStep {
  if (reason === 'disk-full') return step(state, { type: 'timer', id: 'retry', afterMs: RETRY_MS })
  const note = { type: 'note', text: `a watched sale was not recorded: ${reason}` } as const
  return goOn(now, { ...state, booking: null, course: IDLE }, [note])
}
