/**
 * A vending machine that is paid by one-time vouchers, over an MDB cashless reader.
 *
 *            voucher                    request fits
 *   idle ─────────────▶ credit ─────────────────────────┐
 *     │    request               voucher fits           ▼    committed
 *     └───────────────▶ asked ─────────────────────▶ recording ──────▶ approved ──▶ closing ─▶ idle
 *
 * Credit and request may come in either order and wait 30 s for each other. `approved` is entered
 * only when the approval is on the disk, and only that step tells the reader. An approved vend
 * whose outcome the machine does not tell, because a line or our process broke off, is `presumed`.
 */
import type { VendFact } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { SaleResult } from '@tillproof/shared/event/event.ts'
import { parseDecimal } from '@tillproof/shared/money/money.ts'
import { type CommonInput, type Machine, type SavedSale, step } from './machine.ts'
import { close, match, onNotRecorded, onRecorded } from './vending-commit.ts'
import {
  type Ask,
  KEY,
  MATCH_WAIT_MS,
  RESOLVE_WAIT_MS,
  RESULT_WAIT_MS,
  type VendDeed,
  type VendingInput,
  type VendingState,
  type VendStep,
} from './vending-state.ts'
import type { Credit } from './voucher.ts'

export function vendingMachine(options: {
  currency: string
}): Machine<VendingState, VendingInput, VendDeed> {
  const { currency } = options
  return {
    key: KEY,
    start: saved => start(saved),
    step: (state, input, nowMs) => advance(state, input, nowMs, currency),
  }
}

function start(saved: SavedSale | null): VendStep {
  const report = { type: 'do', deed: { type: 'report' } } as const
  if (saved === null || saved.sale === null) return step({ ready: false, phase: 'idle' }, report)
  return step(
    { ready: false, phase: 'approved', open: { ...saved, sale: saved.sale } },
    report,
    { type: 'note', text: `sale ${saved.sale} was approved before the restart` },
    { type: 'timer', id: 'result', afterMs: RESULT_WAIT_MS },
  )
}

function advance(
  state: VendingState,
  input: VendingInput | CommonInput,
  nowMs: number,
  currency: string,
): VendStep {
  switch (input.type) {
    case 'voucher':
      return onVoucher(state, input.credit, nowMs, currency)
    case 'vend':
      return onFact(state, input.fact, nowMs, currency)
    case 'timer':
      return onTimer(state, input.id)
    case 'recorded':
      return onRecorded(state, input.sale)
    case 'not-recorded':
      return onNotRecorded(state, input.reason)
  }
}

function onVoucher(state: VendingState, credit: Credit, nowMs: number, currency: string): VendStep {
  if (!state.ready) return step(state, { type: 'answer', answer: 'machine-down' })
  if (credit.currency !== currency) {
    return step(state, { type: 'answer', answer: 'wrong-currency' })
  }
  if (state.phase === 'asked') return match(state, state.ask, credit, nowMs, true)
  if (state.phase !== 'idle') return step(state, { type: 'answer', answer: 'busy' })
  return step(
    { ready: state.ready, phase: 'credit', credit },
    { type: 'timer', id: 'match', afterMs: MATCH_WAIT_MS },
    { type: 'answer', answer: 'accepted' },
  )
}

function onFact(state: VendingState, fact: VendFact, nowMs: number, currency: string): VendStep {
  switch (fact.kind) {
    case 'reader-ready':
      return onReady(state)
    case 'reader-vending':
      return step({ ...state, ready: true })
    case 'reader-unavailable':
      return step({ ...state, ready: false }, { type: 'note', text: `reader: ${fact.reason}` })
    case 'vend-asked': {
      const { ask, item } = fact
      const amountMinor = parseDecimal(fact.amount, currency)
      // A reader that asks is there, whatever became of its word that it is.
      return onAsked({ ...state, ready: true }, { ask, item, amountMinor }, nowMs)
    }
    case 'vend-cancelled':
      return onCancelled(state, fact.ask)
    case 'vend-result':
      return onResult(state, fact.result, fact.code)
  }
}

/** A reader that comes back without an outcome gets a moment to tell it. */
function onReady(state: VendingState): VendStep {
  const ready = { ...state, ready: true }
  if (state.phase !== 'approved' || state.ready) return step(ready)
  return step(ready, { type: 'timer', id: 'resolve', afterMs: RESOLVE_WAIT_MS })
}

function onAsked(state: VendingState, ask: Ask, nowMs: number): VendStep {
  if (state.phase === 'credit') return match(state, ask, state.credit, nowMs, false)
  if (state.phase === 'idle' || state.phase === 'asked') {
    return step(
      { ready: state.ready, phase: 'asked', ask },
      { type: 'timer', id: 'match', afterMs: MATCH_WAIT_MS },
    )
  }
  const deny = { type: 'do', deed: { type: 'deny', ask: ask.ask } } as const
  if (state.phase !== 'approved') return step(state, deny)
  // The machine went on to the next customer without telling the outcome of the last one.
  const closed = close(state, state.open, 'presumed', 'no outcome told')
  return { state: closed.state, effects: [deny, ...closed.effects] }
}

function onCancelled(state: VendingState, ask: number): VendStep {
  if (state.phase === 'asked' && state.ask.ask === ask) {
    return step({ ready: state.ready, phase: 'idle' }, { type: 'cancel', id: 'match' })
  }
  // Cancelled while the approval was on its way to the disk: the reader never heard of it.
  if (state.phase === 'approved' && state.open.figures.ask === ask) {
    return close(state, state.open, 'failed', 'cancelled before the reader was told')
  }
  return step(state)
}

function onResult(state: VendingState, result: SaleResult, code: string | undefined): VendStep {
  if (state.phase !== 'approved') {
    return step(state, { type: 'note', text: `vend result ${result} without an approved vend` })
  }
  return close(state, state.open, result, code === undefined ? undefined : `vend error ${code}`)
}

function onTimer(state: VendingState, id: string): VendStep {
  const { ready } = state
  if (id === 'match' && state.phase === 'credit') {
    return step({ ready, phase: 'idle' }, { type: 'note', text: 'voucher not used, given back' })
  }
  if (id === 'match' && state.phase === 'asked') {
    const deny = { type: 'deny', ask: state.ask.ask } as const
    return step({ ready, phase: 'idle' }, { type: 'do', deed: deny })
  }
  if ((id === 'result' || id === 'resolve') && state.phase === 'approved') {
    const closed = close(state, state.open, 'presumed', 'no outcome told')
    // Or the reader would take the next request for this one, said again.
    return { ...closed, effects: [{ type: 'do', deed: { type: 'forget' } }, ...closed.effects] }
  }
  if (id === 'retry' && state.phase === 'closing') {
    return close(state, state.open, state.result, state.reason)
  }
  return step(state)
}
