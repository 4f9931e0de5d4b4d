/**
 * One cashless reader on an MDB adapter, always-idle mode, as a pure state machine:
 * adapter lines and our decisions in, commands and vend facts out.
 *
 *   off ──opened──▶ starting ──status──▶ ready | disabled      ready ──STATUS,VEND──▶ asked
 *                                                ▲                   │ approve / deny
 *                                                └──result, cancel───┴──▶ approved
 *
 * It knows the bus, not the money: whether a vend may be approved is decided above.
 * A status other than VEND while `approved` means that the machine went on without telling the
 * outcome; MDB counts that as vended, and so the fact says `presumed`.
 */
import type { AdapterLine, AdapterStatus, HostCommand } from './qibixx.ts'

/** `asks` numbers the machine's requests since start; it is the id of the one under way. */
export type VendState =
  | { phase: 'off' | 'starting' | 'disabled' | 'ready'; asks: number }
  | { phase: 'asked' | 'approved'; asks: number; amount: string; item: string }

export type VendInput =
  | { type: 'opened' }
  | { type: 'closed' }
  | { type: 'line'; line: AdapterLine }
  /** A decision about request `ask`; it is not heard when the machine has moved on since. */
  | { type: 'approve' | 'deny'; ask: number }
  /** The approval of request `ask` never reached the line, as is known for certain. */
  | { type: 'unsent'; ask: number }
  /** The outcome of what was approved is not waited for any more. */
  | { type: 'forget' }
  /** Whoever decides has begun anew, and wants to be told how things stand. */
  | { type: 'report' }
  /** Credit before the choice, for machines that want it in that order; null takes it back. */
  | { type: 'credit'; amount: string | null }

export type VendFact =
  | { kind: 'reader-ready' }
  /** Said on `report`: something that was approved is being given out. */
  | { kind: 'reader-vending' }
  | { kind: 'reader-unavailable'; reason: string }
  | { kind: 'vend-asked'; ask: number; amount: string; item: string }
  | { kind: 'vend-cancelled'; ask: number }
  | { kind: 'vend-result'; result: 'success' | 'failed' | 'presumed'; code?: string }

export type VendStep = { state: VendState; commands: HostCommand[]; facts: VendFact[] }

export const VEND_OFF: VendState = { phase: 'off', asks: 0 }

/** The next state, what to send, and what became known. Never throws. */
export function stepVend(state: VendState, input: VendInput): VendStep {
  switch (input.type) {
    case 'opened':
      return {
        ...to(state, 'starting'),
        commands: [{ kind: 'version' }, { kind: 'switch', on: true }],
      }
    case 'closed':
      return onClosed(state)
    case 'approve':
    case 'deny':
      return decide(state, input.type, input.ask)
    case 'unsent':
      return onUnsent(state, input.ask)
    case 'forget':
      return state.phase === 'approved' ? to(state, 'ready') : { state, commands: [], facts: [] }
    case 'report':
      return { state, commands: [], facts: standing(state) }
    case 'credit':
      return onCredit(state, input.amount)
    case 'line':
      return onLine(state, input.line)
  }
}

/** A request that waits for its answer is told again: its customer still stands there. */
function standing(state: VendState): VendFact[] {
  switch (state.phase) {
    case 'off':
    case 'starting':
    case 'disabled':
      return []
    case 'ready':
      return [{ kind: 'reader-ready' }]
    case 'approved':
      return [{ kind: 'reader-vending' }]
    case 'asked': {
      const { asks: ask, amount, item } = state
      return [{ kind: 'vend-asked', ask, amount, item }]
    }
  }
}

/** An approved vend may still be told when the line is back; a request under way is gone. */
function onClosed(state: VendState): VendStep {
  const gone = state.phase === 'asked' ? leaving(state) : []
  return to(state, 'off', [...gone, { kind: 'reader-unavailable', reason: 'port closed' }])
}

function decide(state: VendState, decision: 'approve' | 'deny', ask: number): VendStep {
  if (state.phase !== 'asked' || state.asks !== ask) return { state, commands: [], facts: [] }
  if (decision === 'deny') return { ...to(state, 'ready'), commands: [{ kind: 'deny' }] }
  return {
    state: { ...state, phase: 'approved' },
    commands: [{ kind: 'approve', amount: state.amount }],
    facts: [],
  }
}

/** Offered to whoever chooses next; a request under way has its own answer. */
function onCredit(state: VendState, amount: string | null): VendStep {
  if (state.phase !== 'ready' && state.phase !== 'starting')
    return { state, commands: [], facts: [] }
  return {
    state,
    commands: [amount === null ? { kind: 'deny' } : { kind: 'start', amount }],
    facts: [],
  }
}

/** The line may have been found closed in between; once a reader is ready the matter is settled. */
function onUnsent(state: VendState, ask: number): VendStep {
  if (state.asks !== ask || state.phase === 'ready' || state.phase === 'asked') {
    return { state, commands: [], facts: [] }
  }
  const phase = state.phase === 'approved' ? 'ready' : state.phase
  return to(state, phase, [{ kind: 'vend-result', result: 'failed', code: 'unsent' }])
}

function onLine(state: VendState, line: AdapterLine): VendStep {
  switch (line.kind) {
    case 'vend-asked':
      return onAsked(state, line.amount, line.item)
    case 'vend-succeeded':
      return onResult(state, { kind: 'vend-result', result: 'success' })
    case 'vend-failed':
      return onResult(state, { kind: 'vend-result', result: 'failed', code: line.code })
    case 'status':
      return onStatus(state, line.status)
    case 'switched':
      return onSwitched(state, line.on)
    case 'error':
      return onError(state, line.text)
    case 'version':
    case 'chatter':
      return { state, commands: [], facts: [] }
  }
}

/**
 * A result is of the vend that was approved, in this run or, after a break, before it. A request
 * that waits for its answer has none yet: taken for its own, a straggler would sell nothing. A
 * reader that tells one is there, though its status was not heard.
 */
function onResult(state: VendState, fact: VendFact): VendStep {
  if (state.phase === 'asked') return { state, commands: [], facts: [] }
  const wasThere = state.phase === 'approved' || state.phase === 'ready'
  return to(state, 'ready', wasThere ? [fact] : [fact, { kind: 'reader-ready' }])
}

/**
 * The same request while one is under way is that one, said again: a machine that means another one
 * first says that it is idle. Taken for a new one, it would be paid twice.
 */
function onAsked(state: VendState, amount: string, item: string): VendStep {
  const isUnderWay = state.phase === 'asked' || state.phase === 'approved'
  if (isUnderWay && state.amount === amount && state.item === item) {
    return { state, commands: [], facts: [] }
  }
  const ask = state.asks + 1
  const facts: VendFact[] = [...leaving(state), { kind: 'vend-asked', ask, amount, item }]
  return { state: { phase: 'asked', asks: ask, amount, item }, commands: [], facts }
}

function onStatus(state: VendState, status: AdapterStatus): VendStep {
  if (status === 'inactive' || status === 'disabled') {
    return to(state, 'disabled', [
      ...leaving(state),
      { kind: 'reader-unavailable', reason: status },
    ])
  }
  const ready: VendFact[] = state.phase === 'ready' ? [] : [{ kind: 'reader-ready' }]
  return to(state, 'ready', [...leaving(state), ...ready])
}

function onSwitched(state: VendState, on: boolean): VendStep {
  if (on) return { state, commands: [], facts: [] }
  return to(state, 'off', [...leaving(state), { kind: 'reader-unavailable', reason: 'reader off' }])
}

/**
 * After a restart of ours the reader is still on: the adapter says so instead of its status. A
 * request from before the restart is denied, for nobody knows of it any more and the machine would
 * stand waiting; the customer presses the key again.
 */
function onError(state: VendState, text: string): VendStep {
  if (state.phase === 'starting' && text.includes('cashless is on')) {
    return { ...to(state, 'ready', [{ kind: 'reader-ready' }]), commands: [{ kind: 'deny' }] }
  }
  if (text.includes('cashless is off')) {
    return {
      ...to(state, 'starting', [
        ...leaving(state),
        { kind: 'reader-unavailable', reason: 'reader off' },
      ]),
      commands: [{ kind: 'switch', on: true }],
    }
  }
  return { state, commands: [], facts: [] }
}

/** What the end of the present phase means when the adapter did not tell the outcome. */
function leaving(state: VendState): VendFact[] {
  if (state.phase === 'approved') return [{ kind: 'vend-result', result: 'presumed' }]
  return state.phase === 'asked' ? [{ kind: 'vend-cancelled', ask: state.asks }] : []
}

function to(
  state: VendState,
  phase: 'off' | 'starting' | 'disabled' | 'ready',
  facts: VendFact[] = [],
): VendStep {
  return { state: { phase, asks: state.asks }, commands: [], facts }
}
