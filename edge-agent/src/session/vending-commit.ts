/**
 * The commits of the vending session: what goes to the disk when credit and request have met and
 * when the outcome is known, and what follows once it is there or was refused.
 */
import type { SaleResult } from '@tillproof/shared/event/event.ts'
import type { AppendRefusal } from '../journal/event-store.ts'
import { type Effect, type SavedSale, step } from './machine.ts'
import { approvalRequest, type OpenSale, opened, refusalRequest, resultRequest } from './sale.ts'
import {
  type Ask,
  KEY,
  PORT,
  RESULT_WAIT_MS,
  RETRY_MS,
  type Recording,
  type VendDeed,
  type VendingState,
  type VendStep,
} from './vending-state.ts'
import type { Credit } from './voucher.ts'

/** Credit and request are both there: the moment of the sale. */
export function match(
  state: VendingState,
  ask: Ask,
  credit: Credit,
  nowMs: number,
  offered: boolean,
): VendStep {
  const { ready } = state
  const { amountMinor, item } = ask
  if (amountMinor !== credit.amountMinor || item !== credit.item) {
    const asked = { amountMinor: amountMinor ?? 0n, currency: credit.currency, item, port: PORT }
    const reason = item === credit.item ? 'wrong-price' : 'no-such-item'
    return step(
      {
        ready,
        phase: 'recording',
        recording: { for: 'refusal', ask: ask.ask, credit, offered, reason },
      },
      { type: 'record', request: refusalRequest(asked, reason) },
    )
  }
  const saved: SavedSale = {
    phase: 'approved',
    sale: null,
    orderId: credit.orderId,
    amountMinor: String(amountMinor),
    currency: credit.currency,
    item,
    approvedAtMs: nowMs,
    figures: {},
  }
  return step(
    {
      ready,
      phase: 'recording',
      recording: { for: 'approval', ask: ask.ask, credit, saved, offered },
    },
    { type: 'cancel', id: 'match' },
    { type: 'record', request: approvalRequest(KEY, saved, PORT) },
  )
}

/** Writes the result; it ends the sale and the state that a restart would begin from. */
export function close(
  state: VendingState,
  open: OpenSale,
  result: SaleResult,
  reason: string | undefined,
): VendStep {
  const why = reason === undefined ? {} : { reason }
  return step(
    {
      ready: state.ready,
      phase: 'recording',
      recording: { for: 'result', open, result, ...why },
    },
    { type: 'cancel', id: 'result' },
    { type: 'cancel', id: 'resolve' },
    { type: 'record', request: resultRequest(KEY, open, { result, ...why }) },
  )
}

export function onRecorded(state: VendingState, sale: number | null): VendStep {
  if (state.phase !== 'recording') return step(state)
  const { ready, recording } = state
  switch (recording.for) {
    case 'result':
      return step({ ready, phase: 'idle' })
    case 'refusal':
      return refused(ready, recording)
    case 'approval':
      return approved(ready, recording, sale)
  }
}

function approved(
  ready: boolean,
  recording: Recording & { for: 'approval' },
  sale: number | null,
): VendStep {
  const { ask, saved, offered } = recording
  const open = opened({ ...saved, figures: { ask } }, sale)
  const effects: Effect<VendDeed>[] = [
    { type: 'do', deed: { type: 'approve', ask } },
    { type: 'timer', id: 'result', afterMs: RESULT_WAIT_MS },
  ]
  if (offered) effects.push({ type: 'answer', answer: 'accepted' })
  return { state: { ready, phase: 'approved', open }, effects }
}

/** The vend is denied; a credit that was there first stays for the right choice. */
function refused(ready: boolean, recording: Recording & { for: 'refusal' }): VendStep {
  const { ask, credit, offered } = recording
  const deny = { type: 'do', deed: { type: 'deny', ask } } as const
  if (!offered) return step({ ready, phase: 'credit', credit }, deny)
  return step(
    { ready, phase: 'idle' },
    deny,
    { type: 'cancel', id: 'match' },
    { type: 'answer', answer: recording.reason },
  )
}

export function onNotRecorded(state: VendingState, reason: AppendRefusal): VendStep {
  if (state.phase !== 'recording') return step(state)
  const { ready, recording } = state
  if (recording.for === 'result') {
    const { open, result, reason: why } = recording
    const closing = { ready, phase: 'closing', open, result } as const
    return step(why === undefined ? closing : { ...closing, reason: why }, {
      type: 'timer',
      id: 'retry',
      afterMs: RETRY_MS,
    })
  }
  const effects: Effect<VendDeed>[] = [
    { type: 'do', deed: { type: 'deny', ask: recording.ask } },
    { type: 'cancel', id: 'match' },
    { type: 'note', text: `sale not begun: ${reason}` },
  ]
  if (recording.offered) effects.push({ type: 'answer', answer: reason })
  return { state: { ready, phase: 'idle' }, effects }
}
