/**
 * A card terminal that a Qibixx adapter drives for us (qibixx-master.ts): the machine without a
 * controller of its own asks for money, and says what became of the goods.
 *
 *   off ─opened▶ starting ─INIT▶ enabling ─IDLE▶ ready ─sell▶ asking ─RESULT▶ approved ─▶ ending
 *                                                  ▲             │ denied        sold or not │
 *                                                  └─────────────┴───────────── IDLE ────────┘
 *
 * An approved amount that differs from the price, or an answer that nobody waits for, is given
 * back: the terminal is told that nothing was sold.
 */
import type { MasterCommand, MasterLine } from './qibixx-master.ts'

export type TerminalState =
  | { phase: 'off' | 'starting' | 'enabling' | 'ready' | 'ending' }
  | { phase: 'asking' | 'approved'; amount: string; item: number }

export type TerminalInput =
  | { type: 'opened' | 'closed' }
  | { type: 'line'; line: MasterLine }
  /** Asks for `amount` (decimal text) for `item`; only heard when ready. */
  | { type: 'sell'; amount: string; item: number }
  | { type: 'cancel' }
  | { type: 'goods'; sold: boolean }

export type TerminalFact =
  | { kind: 'terminal-ready' | 'approved' | 'denied' | 'settled' }
  | { kind: 'terminal-unavailable'; reason: string }
  /** The terminal went away between approval and settlement: it decides by the bus's rules. */
  | { kind: 'unsettled' }

export type TerminalStep = {
  state: TerminalState
  commands: MasterCommand[]
  facts: TerminalFact[]
}

export const TERMINAL_OFF: TerminalState = { phase: 'off' }

/** The next state, what to send, and what became known. Never throws. */
export function stepTerminal(state: TerminalState, input: TerminalInput): TerminalStep {
  switch (input.type) {
    case 'opened':
      return go({ phase: 'starting' }, [
        { kind: 'drive-terminal', mode: 'off' },
        { kind: 'drive-terminal', mode: 'selection-first' },
      ])
    case 'closed':
      return gone(state, 'port closed', { phase: 'off' })
    case 'sell': {
      if (state.phase !== 'ready') return go(state)
      const { amount, item } = input
      return go({ phase: 'asking', amount, item }, [{ kind: 'request', amount, item }])
    }
    case 'cancel':
      return state.phase === 'asking' ? go({ phase: 'ending' }, [{ kind: 'cancel' }]) : go(state)
    case 'goods':
      return onGoods(state, input.sold)
    case 'line':
      return onLine(state, input.line)
  }
}

/** The item is left out: naming it is an error for older firmware, leaving it out for none. */
function onGoods(state: TerminalState, sold: boolean): TerminalStep {
  if (state.phase !== 'approved') return go(state)
  const end: MasterCommand = sold ? { kind: 'end', sold, item: null } : { kind: 'end', sold }
  return go({ phase: 'ending' }, [end], [{ kind: 'settled' }])
}

function onLine(state: TerminalState, line: MasterLine): TerminalStep {
  switch (line.kind) {
    case 'reset':
      return state.phase === 'off'
        ? go(state)
        : gone(state, 'terminal reset', { phase: 'starting' })
    case 'found':
      return onFound(state, line.alwaysIdle)
    case 'idle':
      return onIdle(state)
    case 'result':
      return onResult(state, line.approved)
    case 'waiting':
    case 'credit':
    case 'error':
    case 'block':
    case 'master':
      return go(state)
  }
}

/** Selection first needs a terminal that may always be asked; another one is refused. */
function onFound(state: TerminalState, alwaysIdle: boolean): TerminalStep {
  if (state.phase === 'off') return go(state)
  if (!alwaysIdle) return gone(state, 'terminal wants the card first', { phase: 'starting' })
  const left = gone(state, 'terminal restarted', { phase: 'enabling' })
  const facts = state.phase === 'starting' || state.phase === 'enabling' ? [] : left.facts
  return { ...left, commands: [{ kind: 'poll-terminal', on: true }], facts }
}

function onIdle(state: TerminalState): TerminalStep {
  switch (state.phase) {
    case 'enabling':
    case 'ending':
      return go({ phase: 'ready' }, [], [{ kind: 'terminal-ready' }])
    case 'asking':
      return go({ phase: 'ready' }, [], [{ kind: 'denied' }])
    case 'approved':
      return go({ phase: 'ready' }, [], [{ kind: 'unsettled' }])
    case 'off':
    case 'starting':
    case 'ready':
      return go(state)
  }
}

function onResult(state: TerminalState, approved: string | null): TerminalStep {
  if (approved === null) {
    return state.phase === 'asking' ? go({ phase: 'ending' }, [], [{ kind: 'denied' }]) : go(state)
  }
  if (state.phase === 'asking' && sameAmount(approved, state.amount)) {
    return go({ ...state, phase: 'approved' }, [], [{ kind: 'approved' }])
  }
  if (state.phase === 'approved') return go(state)
  const facts: TerminalFact[] = state.phase === 'asking' ? [{ kind: 'denied' }] : []
  return go({ phase: 'ending' }, [{ kind: 'end', sold: false }], facts)
}

/** `1` and `1.00` are the same money. */
function sameAmount(a: string, b: string): boolean {
  return plain(a) === plain(b)
}

function plain(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}

/** Whatever was under way is over without a word of the terminal. */
function gone(state: TerminalState, reason: string, next: TerminalState): TerminalStep {
  const facts: TerminalFact[] = [{ kind: 'terminal-unavailable', reason }]
  if (state.phase === 'asking') facts.unshift({ kind: 'denied' })
  if (state.phase === 'approved') facts.unshift({ kind: 'unsettled' })
  return go(next, [], facts)
}

function go(
  state: TerminalState,
  commands: MasterCommand[] = [],
  facts: TerminalFact[] = [],
): TerminalStep {
  return { state, commands, facts }
}
