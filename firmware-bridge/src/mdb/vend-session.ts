/**
 * One cashless reader on an MDB adapter, always-idle mode, as a pure state machine:
 * adapter lines and our decisions in, commands and vend facts out.
 *
 *   off ──opened──▶ starting ──c,1 / status──▶ ready ──STATUS,VEND──▶ asked
 *                                                ▲                   │ approve / deny
 *                                                └──result, cancel───┴──▶ approved
 *
 * It knows the bus, not the money: whether a vend may be approved is decided above.
 * A status other than VEND while `approved` means that the machine went on without telling the
 * outcome; MDB counts that as vended, and so the fact says `presumed`.
 */
import type { AdapterLine, HostCommand } from './qibixx.ts'

export type VendState =
  | { phase: 'off' }
  | { phase: 'starting' }
  | { phase: 'ready' }
  | { phase: 'asked'; amount: string; item: string }
  | { phase: 'approved'; amount: string; item: string }

export type VendInput =
  | { type: 'opened' }
  | { type: 'closed' }
  | { type: 'line'; line: AdapterLine }
  | { type: 'approve' }
  | { type: 'deny' }

export type VendFact =
  | { kind: 'reader-ready' }
  | { kind: 'reader-unavailable'; reason: string }
  | { kind: 'vend-asked'; amount: string; item: string }
  | { kind: 'vend-cancelled' }
  | { kind: 'vend-result'; result: 'success' | 'failed' | 'presumed'; code?: string }

export type VendStep = { state: VendState; commands: HostCommand[]; facts: VendFact[] }

export const VEND_OFF: VendState = { phase: 'off' }

/** The next state, what to send, and what became known. Never throws. */
export function stepVend(state: VendState, input: VendInput): VendStep {
  switch (input.type) {
    case 'opened':
      return {
        state: { phase: 'starting' },
        commands: [{ kind: 'version' }, { kind: 'switch', on: true }],
        facts: [],
      }
    case 'closed':
      return step({ phase: 'off' }, [{ kind: 'reader-unavailable', reason: 'port closed' }])
    case 'approve':
      return approve(state)
    case 'deny':
      if (state.phase !== 'asked') return step(state)
      return { state: { phase: 'ready' }, commands: [{ kind: 'deny' }], facts: [] }
    case 'line':
      return onLine(state, input.line)
  }
}

function approve(state: VendState): VendStep {
  if (state.phase !== 'asked') return step(state)
  return {
    state: { ...state, phase: 'approved' },
    commands: [{ kind: 'approve', amount: state.amount }],
    facts: [],
  }
}

function onLine(state: VendState, line: AdapterLine): VendStep {
  switch (line.kind) {
    case 'vend-asked':
      return onAsked(state, line.amount, line.item)
    case 'vend-succeeded':
      return step({ phase: 'ready' }, [{ kind: 'vend-result', result: 'success' }])
    case 'vend-failed':
      return step({ phase: 'ready' }, [{ kind: 'vend-result', result: 'failed', code: line.code }])
    case 'status':
      return onStatus(state, line.status)
    case 'switched':
      return onSwitched(state, line.on)
    case 'error':
      return onError(state, line.text)
    case 'version':
    case 'chatter':
      return step(state)
  }
}

function onAsked(state: VendState, amount: string, item: string): VendStep {
  const facts: VendFact[] = [...leaving(state), { kind: 'vend-asked', amount, item }]
  return step({ phase: 'asked', amount, item }, facts)
}

function onStatus(state: VendState, status: string): VendStep {
  if (status === 'inactive' || status === 'disabled') {
    return step({ phase: 'starting' }, [
      ...leaving(state),
      { kind: 'reader-unavailable', reason: status },
    ])
  }
  const ready: VendFact[] = state.phase === 'ready' ? [] : [{ kind: 'reader-ready' }]
  return step({ phase: 'ready' }, [...leaving(state), ...ready])
}

function onSwitched(state: VendState, on: boolean): VendStep {
  if (on) return step(state)
  return step({ phase: 'off' }, [
    ...leaving(state),
    { kind: 'reader-unavailable', reason: 'reader off' },
  ])
}

/** After a restart of ours the reader is still on: the adapter says so instead of its status. */
function onError(state: VendState, text: string): VendStep {
  if (state.phase === 'starting' && text.includes('cashless is on')) {
    return step({ phase: 'ready' }, [{ kind: 'reader-ready' }])
  }
  if (text.includes('cashless is off')) {
    return {
      state: { phase: 'starting' },
      commands: [{ kind: 'switch', on: true }],
      facts: [...leaving(state), { kind: 'reader-unavailable', reason: 'reader off' }],
    }
  }
  return step(state)
}

/** What the end of the present phase means when the adapter did not tell the outcome. */
function leaving(state: VendState): VendFact[] {
  if (state.phase === 'approved') return [{ kind: 'vend-result', result: 'presumed' }]
  return state.phase === 'asked' ? [{ kind: 'vend-cancelled' }] : []
}

function step(state: VendState, facts: VendFact[] = []): VendStep {
  return { state, commands: [], facts }
}
