/**
 * A massage chair behind a timer box: a paid voucher buys minutes.
 *
 *   idle ──voucher──▶ recording ──committed──▶ starting ──box runs──▶ running ──box idle──▶ idle
 *
 * The box counts its runs in a meter nobody can set back, so the outcome never rests on whether one
 * of our writes was heard: the run is known by its number. After a restart, or a bus that was gone,
 * the meter says what happened meanwhile.
 */
import type { AppendRefusal, EventDraft } from '../journal/event-store.ts'
import { type Effect, type Machine, type SavedSale, type Step, step } from './machine.ts'
import { approvalRequest, matchOffer, type OpenSale, opened, resultRequest } from './sale.ts'
import type { TimedOffer as Offer } from './timed-rules.ts'
import type { Credit } from './voucher.ts'

/** One look at the box. `runs` and `minutes` are its raw meters. */
export type ChairReading = {
  state: 'idle' | 'running' | 'fault'
  runs: bigint
  minutes: bigint
}
export type ChairDeed = { type: 'start-chair'; minutes: number }
export type ChairInput = { type: 'reading'; reading: ChairReading } | { type: 'bus-lost' }

type Result = { result: 'success' | 'failed' | 'presumed'; reason?: string; before: EventDraft[] }
type Recording =
  | { for: 'approval'; saved: SavedSale }
  | { for: 'started'; open: OpenSale }
  | { for: 'result'; open: OpenSale; result: Result }
  | { for: 'meters' }

export type ChairState = {
  /** The last look, null while the box cannot be seen. */
  reading: ChairReading | null
  metersDueAtMs: number
} & (
  | { phase: 'idle' }
  | { phase: 'recording'; recording: Recording }
  | { phase: 'starting'; open: OpenSale; lastTryAtMs: number }
  | { phase: 'running'; open: OpenSale }
  | { phase: 'closing'; open: OpenSale; result: Result }
)
type ChairStep = Step<ChairState, ChairDeed>
type Seen = Pick<ChairState, 'reading' | 'metersDueAtMs'>

const KEY = 'session.massage-chair'
const PORT = 'timer'
/** A start that shows no effect is written again after this long. */
const START_RETRY_MS = 3_000
/** A chair that has not begun by then will not: the customer is told that it failed. */
const START_LIMIT_MS = 30_000
/** Beyond the paid time, a box that cannot be read is given this long before we presume. */
const GIVE_UP_AFTER_MS = 600_000
const METERS_EVERY_MS = 3_600_000
const RETRY_MS = 1_000

export function massageChair(options: {
  currency: string
  offers: readonly Offer[]
}): Machine<ChairState, ChairInput, ChairDeed> {
  return {
    key: KEY,
    start,
    step(state, input, nowMs) {
      switch (input.type) {
        case 'voucher':
          return onVoucher(state, input.credit, nowMs, options)
        case 'reading':
          return onReading({ ...state, reading: input.reading }, input.reading, nowMs)
        case 'bus-lost':
          return step({ ...state, reading: null })
        case 'timer':
          return onTimer(state, input.id)
        case 'recorded':
          return onRecorded(state, input.sale, nowMs)
        case 'not-recorded':
          return onNotRecorded(state, input.reason)
      }
    },
  }
}

function start(saved: SavedSale | null, nowMs: number): ChairStep {
  const seen: Seen = { reading: null, metersDueAtMs: nowMs }
  if (saved === null || saved.sale === null) return step({ ...seen, phase: 'idle' })
  const open = { ...saved, sale: saved.sale }
  const limitMs = (open.figures.minutes ?? 0) * 60_000 + GIVE_UP_AFTER_MS
  const giveUp = { type: 'timer', id: 'give-up', afterMs: limitMs } as const
  if (saved.phase === 'running') return step({ ...seen, phase: 'running', open }, giveUp)
  return step({ ...seen, phase: 'starting', open, lastTryAtMs: 0 }, giveUp)
}

function onVoucher(
  state: ChairState,
  credit: Credit,
  nowMs: number,
  options: { currency: string; offers: readonly Offer[] },
): ChairStep {
  const matched = matchOffer(options.offers, options.currency, credit)
  if (!matched.ok) return step(state, { type: 'answer', answer: matched.refused })
  const { reading } = state
  if (reading === null || reading.state === 'fault') {
    return step(state, { type: 'answer', answer: 'machine-down' })
  }
  if (state.phase !== 'idle' || reading.state === 'running') {
    return step(state, { type: 'answer', answer: 'busy' })
  }
  const saved: SavedSale = {
    phase: 'starting',
    sale: null,
    orderId: credit.orderId,
    amountMinor: String(credit.amountMinor),
    currency: credit.currency,
    item: credit.item,
    approvedAtMs: nowMs,
    figures: { minutes: matched.offer.minutes ?? 0, before: { runs: String(reading.runs) } },
  }
  return record(state, { for: 'approval', saved }, approvalRequest(KEY, saved, PORT))
}

function onReading(state: ChairState, reading: ChairReading, nowMs: number): ChairStep {
  switch (state.phase) {
    case 'starting':
      return onStarting(state, state.open, reading, nowMs)
    case 'running':
      return reading.state === 'running' ? step(state) : finish(state, state.open, reading)
    case 'idle':
      if (nowMs < state.metersDueAtMs) return step(state)
      return record(state, { for: 'meters' }, { events: [meterRead(reading)] })
    case 'recording':
    case 'closing':
      return step(state)
  }
}

function onStarting(
  state: ChairState & { phase: 'starting' },
  open: OpenSale,
  reading: ChairReading,
  nowMs: number,
): ChairStep {
  const counted = Number(reading.runs) !== Number(open.figures.before?.runs)
  if (reading.state === 'running' || counted) {
    const running: SavedSale = { ...open, phase: 'running' }
    return record(
      state,
      { for: 'started', open },
      {
        events: [{ kind: 'session.started', sale: open.sale, fields: meters(reading) }],
        state: { [KEY]: JSON.stringify(running) },
      },
    )
  }
  if (reading.state === 'fault') return fail(state, open, 'the timer box reports a fault')
  if (nowMs - open.approvedAtMs > START_LIMIT_MS)
    return fail(state, open, 'the chair did not start')
  if (nowMs - state.lastTryAtMs < START_RETRY_MS) return step(state)
  return step({ ...state, lastTryAtMs: nowMs }, startChair(open))
}

/** A run that a fault cut short is not what was paid for: somebody has to look at the payment. */
function finish(state: ChairState, open: OpenSale, reading: ChairReading): ChairStep {
  const before: EventDraft[] = [{ kind: 'session.ended', sale: open.sale, fields: meters(reading) }]
  if (reading.state !== 'fault') return close(state, open, { result: 'success', before })
  const reason = 'the timer box reports a fault'
  return close(state, open, { result: 'failed', reason, before })
}

function fail(state: ChairState, open: OpenSale, reason: string): ChairStep {
  return close(state, open, { result: 'failed', reason, before: [] })
}

function close(state: ChairState, open: OpenSale, result: Result): ChairStep {
  const request = resultRequest(KEY, open, result)
  return record(state, { for: 'result', open, result }, request)
}

function record(
  state: ChairState,
  recording: Recording,
  request: Extract<Effect<ChairDeed>, { type: 'record' }>['request'],
): ChairStep {
  return step({ ...seenOf(state), phase: 'recording', recording }, { type: 'record', request })
}

function onTimer(state: ChairState, id: string): ChairStep {
  if (id === 'retry' && state.phase === 'closing') return close(state, state.open, state.result)
  const isOpen = state.phase === 'starting' || state.phase === 'running'
  if (id !== 'give-up' || !isOpen) return step(state)
  const reason = 'the timer box cannot be read'
  return close(state, state.open, { result: 'presumed', reason, before: [] })
}

function onRecorded(state: ChairState, sale: number | null, nowMs: number): ChairStep {
  if (state.phase !== 'recording') return step(state)
  const seen = seenOf(state)
  const { recording } = state
  switch (recording.for) {
    case 'meters':
      return step({ ...seen, metersDueAtMs: nowMs + METERS_EVERY_MS, phase: 'idle' })
    case 'result':
      return step({ ...seen, phase: 'idle' }, { type: 'cancel', id: 'give-up' })
    case 'started':
      return step({ ...seen, phase: 'running', open: recording.open })
    case 'approval': {
      const open = opened(recording.saved, sale)
      const limitMs = (open.figures.minutes ?? 0) * 60_000 + GIVE_UP_AFTER_MS
      return step(
        { ...seen, phase: 'starting', open, lastTryAtMs: nowMs },
        startChair(open),
        { type: 'timer', id: 'give-up', afterMs: limitMs },
        { type: 'answer', answer: 'accepted' },
      )
    }
  }
}

function onNotRecorded(state: ChairState, reason: AppendRefusal): ChairStep {
  if (state.phase !== 'recording') return step(state)
  const seen = seenOf(state)
  const { recording } = state
  switch (recording.for) {
    case 'approval':
      return step({ ...seen, phase: 'idle' }, { type: 'answer', answer: reason })
    case 'meters':
      return step({ ...seen, phase: 'idle' })
    case 'started':
      return step({ ...seen, phase: 'running', open: recording.open })
    case 'result':
      return step(
        { ...seen, phase: 'closing', open: recording.open, result: recording.result },
        { type: 'timer', id: 'retry', afterMs: RETRY_MS },
      )
  }
}

function seenOf({ reading, metersDueAtMs }: ChairState): Seen {
  return { reading, metersDueAtMs }
}

function startChair(open: OpenSale): Effect<ChairDeed> {
  return { type: 'do', deed: { type: 'start-chair', minutes: open.figures.minutes ?? 0 } }
}

function meters({ runs, minutes }: ChairReading): NonNullable<EventDraft['fields']> {
  return { port: PORT, meters: { runs, minutes } }
}

function meterRead(reading: ChairReading): EventDraft {
  return { kind: 'meter.read', fields: meters(reading) }
}
