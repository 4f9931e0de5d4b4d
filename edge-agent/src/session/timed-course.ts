/** The moves of a timed rental at each look at the machine, and the commits they ask for. */
import type { AppendRequest, EventDraft } from '../journal/event-store.ts'
import { type Effect, type SavedSale, step } from './machine.ts'
import { type OpenSale, resultRequest } from './sale.ts'
import {
  endsAtMs,
  hasBegun,
  isFaulty,
  isHeld,
  isUsedUp,
  meterFields,
  owedMinor,
  writesOf,
} from './timed-look.ts'
import type { Look, TimedRules } from './timed-rules.ts'
import {
  type Course,
  GRACE_MS,
  LONGEST_MS,
  type Recording,
  type Result,
  type Seen,
  START_LIMIT_MS,
  seenOf,
  type TimedDeed,
  type TimedState,
  type TimedStep,
  TRY_AGAIN_MS,
} from './timed-state.ts'

type In<Phase extends Course['phase']> = Seen & Extract<Course, { phase: Phase }>

export function keyOf({ name }: TimedRules): string {
  return `session.${name}`
}

/** When the machine was looked at, and when that is taken: a slow disk may lie between. */
type Moment = { seenAtMs: number; nowMs: number }

export function onLook(rules: TimedRules, state: TimedState, moment: Moment): TimedStep {
  const { look } = state
  if (look === null) return step(state)
  switch (state.phase) {
    case 'idle':
      return onIdle(rules, state, look, moment.nowMs)
    case 'starting':
      return onStarting(rules, state, look, moment)
    case 'running':
      return onRunning(rules, state, look, moment.seenAtMs)
    case 'recording':
    case 'unwritten':
      return step(state)
  }
}

/** Nobody rents: what we left switched on is switched off, the meters are read now and then. */
function onIdle(rules: TimedRules, state: In<'idle'>, look: Look, nowMs: number): TimedStep {
  const isOpen = rules.timedBy === 'agent' && look.signals[rules.serving] === true
  if (isOpen && !isHeld(rules, look) && nowMs - state.triedAtMs >= TRY_AGAIN_MS) {
    return step({ ...state, triedAtMs: nowMs }, ...stopDeeds(rules))
  }
  const { metersEverySeconds } = rules
  if (metersEverySeconds === undefined || nowMs < state.metersDueAtMs) return step(state)
  const next = { ...state, metersDueAtMs: nowMs + metersEverySeconds * 1000 }
  const fields = meterFields(rules, look)
  return record(next, { for: 'meters' }, { events: [{ kind: 'meter.read', fields }] })
}

/**
 * After a time in which nobody could look, a machine that does not serve may never have begun, or
 * be through. Its run meter tells, and so does a switch that would still be on; without either the
 * goods may have been given.
 */
function onStarting(
  rules: TimedRules,
  state: In<'starting'>,
  look: Look,
  { seenAtMs, nowMs }: Moment,
): TimedStep {
  const { open, unseen } = state
  if (hasBegun(rules, look, open)) return begin(rules, state, look)
  // Read before the start was written, and come behind a slow disk: it says nothing of it.
  if (seenAtMs <= state.triedAtMs) return step(state)
  if (isFaulty(rules, look)) return fail(rules, state, 'the machine reports a fault')
  // What was written just now may still be on its way.
  if (seenAtMs - state.triedAtMs < TRY_AGAIN_MS) return step(state)
  if (seenAtMs - open.approvedAtMs > START_LIMIT_MS) {
    const isProven = rules.runs !== undefined || rules.timedBy === 'agent'
    if (!unseen || isProven) return fail(rules, state, 'it did not start')
    const reason = 'nobody saw whether it started'
    return close(rules, state, open, { result: 'presumed', reason })
  }
  if (!rules.startAgain) return step(state)
  return step({ ...state, triedAtMs: nowMs }, startDeed(rules, open))
}

function begin(rules: TimedRules, state: In<'starting'>, look: Look): TimedStep {
  const { open } = state
  const running: SavedSale = { ...open, phase: 'running' }
  const fields = meterFields(rules, look)
  const request: AppendRequest = {
    events: [{ kind: 'session.started', sale: open.sale, fields }],
    state: { [keyOf(rules)]: JSON.stringify(running) },
  }
  const unseen = look.signals[rules.serving] !== true
  return record(state, { for: 'started', open, unseen }, request)
}

function onRunning(rules: TimedRules, state: In<'running'>, look: Look, atMs: number): TimedStep {
  const { open } = state
  if (isFaulty(rules, look)) return onFault(rules, state, look, atMs)
  if (rules.timedBy === 'agent') {
    const isOver = isUsedUp(rules, look, open, atMs) && !isHeld(rules, look)
    return isOver ? succeed(rules, state, look) : step(state)
  }
  const serves = look.signals[rules.serving] === true
  if (serves) return step({ ...state, unseen: false, restingSinceMs: null })
  const restingSinceMs = state.restingSinceMs ?? atMs
  const rested = atMs - restingSinceMs >= (rules.restSeconds ?? 0) * 1000
  return rested ? succeed(rules, state, look) : step({ ...state, restingSinceMs })
}

/**
 * A run that a fault cut short is not what was paid for: somebody has to look at the payment. A
 * fault that comes to light after the paid time, when nobody could look, may have come after it.
 */
function onFault(rules: TimedRules, state: In<'running'>, look: Look, atMs: number): TimedStep {
  const { open, unseen } = state
  const before = [ended(rules, look, open)]
  const reason = 'the machine reports a fault'
  const result = unseen && isUsedUp(rules, look, open, atMs) ? 'presumed' : 'failed'
  return close(rules, state, open, { result, reason, before })
}

function succeed(rules: TimedRules, state: In<'running'>, look: Look): TimedStep {
  const { open } = state
  const finalMinor = owedMinor(rules, open, look)
  const before = [ended(rules, look, open)]
  return close(rules, state, open, { result: 'success', finalMinor, before })
}

function ended(rules: TimedRules, look: Look, open: OpenSale): EventDraft {
  return { kind: 'session.ended', sale: open.sale, fields: meterFields(rules, look, open) }
}

function fail(rules: TimedRules, state: In<'starting'>, reason: string): TimedStep {
  return close(rules, state, state.open, { result: 'failed', reason })
}

/** Writes the result; it ends the sale and the state that a restart would begin from. */
export function close(
  rules: TimedRules,
  state: TimedState,
  open: OpenSale,
  result: Result,
): TimedStep {
  return record(state, { for: 'result' }, resultRequest(keyOf(rules), open, result))
}

export function record(state: TimedState, recording: Recording, request: AppendRequest): TimedStep {
  const next = { ...seenOf(state), phase: 'recording', recording, request } as const
  return step(next, { type: 'record', request })
}

export function startDeed({ start }: TimedRules, { figures }: SavedSale): Effect<TimedDeed> {
  return { type: 'do', deed: { type: 'write', writes: writesOf(start, figures) } }
}

export function stopDeeds({ stop }: TimedRules): Effect<TimedDeed>[] {
  if (stop.length === 0) return []
  return [{ type: 'do', deed: { type: 'write', writes: writesOf(stop, {}) } }]
}

/** When to presume that a machine which cannot be read has given what was paid for. */
export function giveUpTimer(rules: TimedRules, saved: SavedSale, nowMs: number) {
  const endMs = endsAtMs(saved) ?? saved.approvedAtMs + LONGEST_MS
  const afterMs = Math.max(0, endMs - nowMs) + GRACE_MS[rules.timedBy]
  return { type: 'timer', id: 'give-up', afterMs } as const
}
