/** The answers to orders among a machine's events. */
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import type { Tx } from '../../platform/db/db.ts'
import { type AuditAnswer, setAnswered } from './store.ts'

/** To be called in the transaction that takes the events in. */
export async function answerOrders(
  tx: Tx,
  log: { deviceId: string; epoch: number },
  events: readonly OpenEvent[],
): Promise<void> {
  for (const answer of answersIn(events)) await setAnswered(tx, log, answer)
}

/** Pure. What the machine says in its own words may be anything. */
export function answersIn(events: readonly OpenEvent[]): AuditAnswer[] {
  return events.flatMap(({ kind, index, detail }): AuditAnswer[] => {
    const order = detail?.order
    if (kind !== 'audit.read' && kind !== 'audit.failed') return []
    if (typeof order !== 'string' || !ORDER_ID.test(order)) return []
    if (kind === 'audit.read') return [{ order, outcome: 'read', index, reason: null }]
    const reason = String(detail?.reason ?? '').replaceAll('\u0000', '')
    return [{ order, outcome: 'failed', index, reason }]
  })
}

const ORDER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
