/**
 * Open pending transfers, rebuilt from the journals alone and compared with what the writer stored:
 * one too many could be posted twice, one too few never.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { undiverted } from '@tillproof/shared/ledger/freeze.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { type Pending, pendingHash, pendingStep } from './pending.ts'

export type PendingWalk = { open: Map<string, Journal>; faults: string[] }

export const beginPendings = (): PendingWalk => ({ open: new Map(), faults: [] })

/** Folds one journal in, in the order of the book. */
export function visitPending({ open, faults }: PendingWalk, journal: Journal): void {
  const agreed = { ...journal, legs: undiverted(journal.legs) }
  const step = pendingStep(id => open.get(id)?.legs, agreed)
  if (step === undefined) return
  if ('refused' in step) faults.push(`journal ${journal.seq}: ${step.refused}`)
  else if ('opens' in step) open.set(step.opens, journal)
  else open.delete(step.closes)
}

/** A sentence for each that is not what the journals make of it. */
export function pendingFaults(walk: PendingWalk, stored: readonly Pending[]): string[] {
  const known = new Map(stored.map(each => [each.id, each]))
  const ids = new Set([...walk.open.keys(), ...known.keys()])
  const wrong = [...ids].flatMap(id => {
    const [journal, pending] = [walk.open.get(id), known.get(id)]
    if (pending === undefined) return [`${id} is pending and not remembered`]
    if (journal === undefined) return [`${id} is remembered and not pending`]
    const isTrue = equal(pendingHash(pending), journal.payloadHash)
    return isTrue ? [] : [`${id} is remembered until another time than it was opened with`]
  })
  return [...walk.faults, ...wrong]
}
