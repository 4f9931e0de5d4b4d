/**
 * A rental by time, energy or distance: massage chair, washer, charger, shared car. What differs
 * between them is data (`timed-rules.ts`); the course is one:
 *
 *   idle ──voucher──▶ recording ──committed──▶ starting ──begun──▶ running ──ended──▶ idle
 *                                    │                     │                    │
 *                               start deeds         session.started     session.ended,
 *                                                                       sale.result, stop deeds
 *
 * The outcome never rests on whether one of our writes was heard: the machine's own signals and
 * meters tell, also after a power cut at any point or a line that was gone.
 */
import { parseDecimal } from '@tillproof/shared/money/money.ts'
import type { AppendRefusal } from '../journal/event-store.ts'
import { type CommonInput, type Machine, type SavedSale, step } from './machine.ts'
import { approvalRequest, matchOffer, opened } from './sale.ts'
import { close, giveUpTimer, keyOf, onLook, record, startDeed, stopDeeds } from './timed-course.ts'
import { isFaulty, metersText } from './timed-look.ts'
import {
  isComplete,
  type Look,
  type Tariff,
  type TimedOffer,
  type TimedRules,
} from './timed-rules.ts'
import {
  RETRY_MS,
  type Seen,
  seenOf,
  type TimedDeed,
  type TimedInput,
  type TimedState,
  type TimedStep,
} from './timed-state.ts'
import type { Credit } from './voucher.ts'

export function timedRental(
  rules: TimedRules,
  tariff: Tariff,
): Machine<TimedState, TimedInput, TimedDeed> {
  return {
    key: keyOf(rules),
    start: (saved, nowMs) => start(rules, saved, nowMs),
    step: (state, input, nowMs) => advance(rules, tariff, state, input, nowMs),
  }
}

function start(rules: TimedRules, saved: SavedSale | null, nowMs: number): TimedStep {
  const seen: Seen = { look: null, restingSinceMs: null, metersDueAtMs: nowMs, triedAtMs: 0 }
  if (saved === null || saved.sale === null) return step({ ...seen, phase: 'idle' })
  const open = { ...saved, sale: saved.sale }
  const giveUp = giveUpTimer(rules, saved, nowMs)
  if (saved.phase === 'running')
    return step({ ...seen, phase: 'running', open, unseen: true }, giveUp)
  return step({ ...seen, phase: 'starting', open, unseen: true }, giveUp)
}

function advance(
  rules: TimedRules,
  tariff: Tariff,
  state: TimedState,
  input: TimedInput | CommonInput,
  nowMs: number,
): TimedStep {
  switch (input.type) {
    case 'voucher':
      return onVoucher(rules, tariff, state, input.credit, nowMs)
    case 'look':
      return isComplete(rules, input.look)
        ? onLook(rules, { ...state, look: input.look }, { seenAtMs: input.atMs, nowMs })
        : onLost(state)
    case 'line-lost':
      return onLost(state)
    case 'timer':
      return onTimer(rules, state, input.id, nowMs)
    case 'recorded':
      return onRecorded(rules, state, input.sale, nowMs)
    case 'not-recorded':
      return onNotRecorded(state, input.reason)
  }
}

function onLost(state: TimedState): TimedStep {
  const lost = { ...state, look: null, restingSinceMs: null }
  const isCourse = lost.phase === 'starting' || lost.phase === 'running'
  return step(isCourse ? { ...lost, unseen: true } : lost)
}

function onVoucher(
  rules: TimedRules,
  tariff: Tariff,
  state: TimedState,
  credit: Credit,
  nowMs: number,
): TimedStep {
  const matched = matchOffer(tariff.offers, tariff.currency, credit)
  if (!matched.ok) return step(state, { type: 'answer', answer: matched.refused })
  const { look } = state
  if (look === null || isFaulty(rules, look)) {
    return step(state, { type: 'answer', answer: 'machine-down' })
  }
  const taken = look.signals[rules.serving] === true
  if (state.phase !== 'idle' || taken) return step(state, { type: 'answer', answer: 'busy' })
  const saved: SavedSale = {
    phase: 'starting',
    sale: null,
    orderId: credit.orderId,
    amountMinor: String(credit.amountMinor),
    currency: credit.currency,
    item: credit.item,
    approvedAtMs: nowMs,
    figures: figuresOf(rules, tariff.currency, matched.offer, look),
  }
  const request = approvalRequest(keyOf(rules), saved, rules.port)
  return record(state, { for: 'approval', saved }, request)
}

function figuresOf(
  rules: TimedRules,
  currency: string,
  { minutes, units, unitPrice }: TimedOffer,
  look: Look,
): SavedSale['figures'] {
  const unitPriceMinor = unitPrice === undefined ? undefined : parseDecimal(unitPrice, currency)
  return {
    ...(minutes === undefined ? {} : { minutes }),
    ...(units === undefined ? {} : { units }),
    ...(unitPriceMinor === undefined ? {} : { unitPriceMinor: String(unitPriceMinor) }),
    before: metersText(rules, look),
  }
}

/** A machine that can be seen is not given up: somebody drives on after the paid time. */
function onTimer(rules: TimedRules, state: TimedState, id: string, nowMs: number): TimedStep {
  if (id === 'retry' && state.phase === 'unwritten') {
    return record(state, state.recording, state.request)
  }
  if (id !== 'give-up' || (state.phase !== 'starting' && state.phase !== 'running')) {
    return step(state)
  }
  if (state.look !== null) return step(state, giveUpTimer(rules, state.open, nowMs))
  const reason = 'the machine cannot be read'
  return close(rules, state, state.open, { result: 'presumed', reason })
}

function onRecorded(
  rules: TimedRules,
  state: TimedState,
  sale: number | null,
  nowMs: number,
): TimedStep {
  if (state.phase !== 'recording') return step(state)
  const seen = { ...seenOf(state), restingSinceMs: null }
  const { recording } = state
  switch (recording.for) {
    case 'meters':
      return step({ ...seen, phase: 'idle' })
    case 'started': {
      const { open, unseen } = recording
      return step({ ...seen, phase: 'running', open, unseen })
    }
    case 'result':
      return step(
        { ...seen, triedAtMs: nowMs, phase: 'idle' },
        { type: 'cancel', id: 'give-up' },
        ...stopDeeds(rules),
      )
    case 'approval': {
      const open = opened(recording.saved, sale)
      return step(
        { ...seen, triedAtMs: nowMs, phase: 'starting', open, unseen: false },
        startDeed(rules, open),
        giveUpTimer(rules, open, nowMs),
        { type: 'answer', answer: 'accepted' },
      )
    }
  }
}

/** What has happened is written when there is room; what has not happened yet does not happen. */
function onNotRecorded(state: TimedState, reason: AppendRefusal): TimedStep {
  if (state.phase !== 'recording') return step(state)
  const seen = seenOf(state)
  const { recording, request } = state
  switch (recording.for) {
    case 'approval':
      return step({ ...seen, phase: 'idle' }, { type: 'answer', answer: reason })
    case 'meters':
      return step({ ...seen, phase: 'idle' })
    case 'started':
    case 'result':
      return step(
        { ...seen, phase: 'unwritten', recording, request },
        { type: 'timer', id: 'retry', afterMs: RETRY_MS },
      )
  }
}
