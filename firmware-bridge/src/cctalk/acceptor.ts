/**
 * The host's session with a coin acceptor or bill validator on a ccTalk wire, as a pure state
 * machine: one question at a time, our own echo left out.
 *
 *   off ─opened▶ starting: presence, names, credits, enable, inhibit ─▶ polling ⟲ credits
 *                   ▲                                                    │ no answer, three times
 *                   └───────────────── absent ◀──────────────────────────┘
 *
 * Answers do not say to what. After each of them, and longer after a silence, the wire is left
 * alone: what comes then was said twice or late, and is not the answer to the next question.
 */
import {
  ACCEPTOR_OFF,
  type AcceptorConfig,
  type AcceptorEffect,
  type AcceptorInput,
  type AcceptorState,
  type AcceptorStep,
  type AcceptorTimer,
  type Request,
  type Taken,
} from './acceptor-state.ts'
import { billValue, coinValue } from './coin-value.ts'
import { type AcceptorEvent, isStale, readCredits } from './credits.ts'
import { type CctalkFrame, encodeMessage, HEADERS, isEcho } from './frame.ts'

/** Acceptors answer within some tens of milliseconds, slow ones within this. */
export const REPLY_MS = 200
/** The pause after a silence. */
export const DRAIN_MS = 150
/** The pause after an answer. */
export const GAP_MS = 20
/** How often one that does not answer is looked for. */
export const ABSENT_MS = 1000
const MAX_ATTEMPTS = 3
const MAX_WAITING = 64
const NUMBERS = Array.from({ length: 16 }, (_, i) => i + 1)

const TIMERS: AcceptorTimer[] = ['reply', 'poll', 'gap']

/** The next state, and what to do. Never throws. */
export function stepAcceptor(
  config: AcceptorConfig,
  state: AcceptorState,
  input: AcceptorInput,
): AcceptorStep {
  switch (input.type) {
    case 'opened':
      return begin(config, { ...state, counter: state.counter ?? config.previousCounter })
    case 'closed': {
      const { counter, accepting } = state
      return just({ ...ACCEPTOR_OFF, counter, accepting }, TIMERS.map(stop))
    }
    case 'accept': {
      const wished = { ...state, accepting: input.on }
      return state.phase === 'polling' ? ask(config, wished, [inhibit(wished)]) : just(wished)
    }
    case 'heard':
      return onHeard(config, state, input.frame)
    case 'timer':
      return onTimer(config, state, input.id)
  }
}

function begin(config: AcceptorConfig, state: AcceptorState): AcceptorStep {
  const mode: Request[] = config.accepts === 'bills' ? [{ what: 'mode' }] : []
  const names = NUMBERS.map(number => ({ what: 'name', number }) as const)
  const waiting: Request[] = [{ what: 'presence' }, ...mode, ...names, { what: 'credits' }]
  const fresh: AcceptorState = {
    ...ACCEPTOR_OFF,
    phase: 'starting',
    counter: state.counter,
    accepting: state.accepting,
  }
  return ask(config, fresh, [...waiting, { what: 'enable' }, inhibit(state)])
}

function inhibit({ accepting }: AcceptorState): Request {
  return { what: 'inhibit', accepting }
}

/** Puts `requests` in the queue, and asks the first of it when nothing is under way. */
function ask(config: AcceptorConfig, state: AcceptorState, requests: Request[]): AcceptorStep {
  const waiting = [...state.waiting, ...requests].slice(0, MAX_WAITING)
  const [asked, ...others] = waiting
  const isBusy = state.asked !== null || state.resting
  if (isBusy || asked === undefined) return just({ ...state, waiting })
  return say(config, { ...state, waiting: others, asked, attempts: 1 }, asked)
}

function say(config: AcceptorConfig, state: AcceptorState, request: Request): AcceptorStep {
  const { address: destination, host: source } = config
  const [header, ...data] = spellingOf(config, request)
  const message = { destination, source, header, data: Uint8Array.from(data) }
  return {
    state,
    effects: [{ type: 'send', bytes: encodeMessage(message) }, timer('reply', REPLY_MS)],
  }
}

/** Header and data (ccTalk part 2). */
function spellingOf({ accepts }: AcceptorConfig, request: Request): [number, ...number[]] {
  const bills = accepts === 'bills'
  switch (request.what) {
    case 'presence':
      return [HEADERS.simplePoll]
    case 'scaling':
      return [HEADERS.requestScaling, ...Array.from(request.country, it => it.charCodeAt(0))]
    case 'mode':
      return [HEADERS.modifyBillMode, 1]
    case 'name':
      return [bills ? HEADERS.requestBillName : HEADERS.requestCoinName, request.number]
    case 'credits':
      return [bills ? HEADERS.readBills : HEADERS.readCredits]
    case 'enable':
      return [HEADERS.modifyInhibits, 0xff, 0xff]
    case 'inhibit':
      return [HEADERS.modifyMasterInhibit, Number(request.accepting)]
  }
}

function onTimer(config: AcceptorConfig, state: AcceptorState, id: AcceptorTimer): AcceptorStep {
  switch (id) {
    case 'reply':
      return onSilence(config, state)
    case 'poll':
      return onPoll(config, state)
    case 'gap':
      return ask(config, { ...state, resting: false }, [])
  }
}

/** After a silence the wire drains; after that the question is asked again, or given up. */
function onSilence(config: AcceptorConfig, state: AcceptorState): AcceptorStep {
  const { asked, attempts } = state
  if (asked === null) return just({ ...state, draining: false })
  if (!state.draining) return just({ ...state, draining: true }, [timer('reply', DRAIN_MS)])
  const drained = { ...state, draining: false }
  if (attempts < MAX_ATTEMPTS) return say(config, { ...drained, attempts: attempts + 1 }, asked)
  const { counter, accepting, phase } = state
  const absent: AcceptorState = { ...ACCEPTOR_OFF, phase: 'absent', counter, accepting }
  const news: AcceptorEffect[] = phase === 'absent' ? [] : [{ type: 'unreachable' }]
  return just(absent, [...news, timer('poll', ABSENT_MS)])
}

function onPoll(config: AcceptorConfig, state: AcceptorState): AcceptorStep {
  if (state.phase === 'off') return just(state)
  if (state.phase === 'absent') return lookFor(config, state)
  const again = timer('poll', config.pollMs)
  if (state.asked !== null) return just(state, [again])
  const step = ask(config, state, [{ what: 'credits' }])
  return { state: step.state, effects: [...step.effects, again] }
}

/** Only its presence is asked; all else follows when it answers. */
function lookFor(config: AcceptorConfig, state: AcceptorState): AcceptorStep {
  if (state.asked !== null) return just(state)
  return ask(config, { ...state, attempts: 0 }, [{ what: 'presence' }])
}

function onHeard(config: AcceptorConfig, state: AcceptorState, frame: CctalkFrame): AcceptorStep {
  const { asked } = state
  const isForUs = frame.destination === config.host && frame.source === config.address
  if (isEcho(frame, config.host) || !isForUs || asked === null || state.draining) return just(state)
  if (frame.header === HEADERS.nak) return refuse(state, asked)
  if (frame.header !== HEADERS.reply) return just(state)
  return onReply(config, state, asked, frame.data)
}

/** A missing name is no fault: most acceptors know fewer coins than there are numbers. */
function refuse(state: AcceptorState, asked: Request): AcceptorStep {
  const isName = asked.what === 'name' || asked.what === 'scaling'
  return goOn(state, isName ? [] : [{ type: 'refused', what: asked.what }])
}

/** An answer of another length is not the answer; the question will be asked again. */
function onReply(
  config: AcceptorConfig,
  state: AcceptorState,
  asked: Request,
  data: Uint8Array,
): AcceptorStep {
  switch (asked.what) {
    case 'presence':
      if (data.length !== 0) return just(state)
      return state.phase === 'absent' ? begin(config, state) : goOn(state)
    case 'enable':
    case 'mode':
      return data.length === 0 ? goOn(state) : just(state)
    case 'inhibit':
      return data.length === 0 ? onInhibited(config, state, asked.accepting) : just(state)
    case 'name':
      return onName(config, state, asked.number, data)
    case 'scaling':
      return onScaling(state, data)
    case 'credits':
      return onCredits(config, state, data)
  }
}

function onInhibited(config: AcceptorConfig, state: AcceptorState, on: boolean): AcceptorStep {
  const told: AcceptorEffect = { type: 'accepting', on }
  if (state.phase === 'polling') return goOn(state, [told])
  const { names } = state
  const ready: AcceptorEffect[] = [{ type: 'ready', names }, told, timer('poll', config.pollMs)]
  // What was wished while the request was under way is asked for behind it.
  const late = state.accepting === on ? [] : [inhibit(state)]
  return goOn({ ...state, phase: 'polling', waiting: [...state.waiting, ...late] }, ready)
}

const NAME_BYTES = { coins: 6, bills: 7 } as const

function onName(
  config: AcceptorConfig,
  state: AcceptorState,
  number: number,
  data: Uint8Array,
): AcceptorStep {
  if (data.length !== NAME_BYTES[config.accepts]) return just(state)
  const name = String.fromCharCode(...data)
  if (!/^[A-Z]{2}[0-9A-Z]+$/.test(name)) return goOn(state)
  const isFirst = Object.keys(state.names).length === 0
  const scaling: Request = { what: 'scaling', country: name.slice(0, 2) }
  const waiting =
    config.accepts === 'bills' && isFirst ? [scaling, ...state.waiting] : state.waiting
  return goOn({ ...state, waiting, names: { ...state.names, [number]: name } })
}

function onScaling(state: AcceptorState, data: Uint8Array): AcceptorStep {
  const [low = 0, high = 0, decimals = 0] = data
  if (data.length !== 3) return just(state)
  const factor = low + 256 * high
  return goOn(factor === 0 ? state : { ...state, scaling: { factor, decimals } })
}

function onCredits(config: AcceptorConfig, state: AcceptorState, data: Uint8Array): AcceptorStep {
  const { counter: previous, lastCredits } = state
  if (lastCredits !== null && isStale(lastCredits, data)) return just(state)
  const report = readCredits(previous, data)
  if (report === undefined) return just(state)
  const { counter, events, lost, restarted } = report
  const known = { ...state, counter, lastCredits: data.slice() }
  const taken = events.flatMap(event => takenBy(config, state, event))
  const effects = events.flatMap(event => otherNews(config, event))
  if (counter !== previous) effects.push({ type: 'credits', counter, taken, lost, restarted })
  const again: Request[] = restarted ? [{ what: 'enable' }, inhibit(state)] : []
  return goOn({ ...known, waiting: [...state.waiting, ...again] }, effects)
}

/** A bill's path 0 is money; anything else of it is on the way. */
function takenBy(config: AcceptorConfig, state: AcceptorState, event: AcceptorEvent): Taken[] {
  if (event.kind !== 'coin' || (config.accepts === 'bills' && event.path !== 0)) return []
  const { coin: number, path } = event
  const name = state.names[number] ?? null
  return [{ number, name, path, value: worth(config, state, number, name) }]
}

function worth(
  { values, accepts, exponent }: AcceptorConfig,
  { scaling }: AcceptorState,
  number: number,
  name: string | null,
): bigint | null {
  const configured = values[number]
  if (configured !== undefined) return configured
  if (name === null) return null
  if (accepts === 'coins') return coinValue(name) ?? null
  return scaling === null ? null : (billValue(name, scaling, exponent) ?? null)
}

function otherNews({ accepts }: AcceptorConfig, event: AcceptorEvent): AcceptorEffect[] {
  if (event.kind === 'error') return [{ type: 'trouble', code: event.code }]
  const isEscrow = accepts === 'bills' && event.path !== 0
  return isEscrow ? [{ type: 'escrow', number: event.coin }] : []
}

/** The question is answered: after a pause, on with the next one. */
function goOn(state: AcceptorState, effects: AcceptorEffect[] = []): AcceptorStep {
  return just({ ...state, asked: null, resting: true }, [
    stop('reply'),
    ...effects,
    timer('gap', GAP_MS),
  ])
}

function just(state: AcceptorState, effects: AcceptorEffect[] = []): AcceptorStep {
  return { state, effects }
}

function timer(id: AcceptorTimer, ms: number): AcceptorEffect {
  return { type: 'timer', id, ms }
}

function stop(id: AcceptorTimer): AcceptorEffect {
  return { type: 'stop-timer', id }
}
