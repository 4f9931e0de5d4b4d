/**
 * An order of the cloud to read the machine's audit now. It is read as the schedule reads it, list
 * 2 always: a collection, which begins a new interval, is ordered by nobody who does not stand
 * there. The event that comes of it names the order, and is the only answer; an order that was
 * answered is not obeyed again, however often it is sent.
 */
import type { AuditOutcome, AuditRequest } from '../drivers/audit.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import { AUDIT_ORDER_KEY } from '../session/audit-book.ts'

export type AuditObedience =
  | 'read'
  | 'failed'
  /** Answered before. */
  | 'known'
  /** Another order, or this very one, is being obeyed. */
  | 'busy'
  /** No answer could be written down; the cloud asks again. */
  | 'unanswered'

export type AuditOrderDeps = {
  store: EventStore
  log: PortLog
  audit(request: AuditRequest): Promise<AuditOutcome>
}

/** One after the other; `order` is the cloud's id of it. Never rejects. */
export function obeyAuditOrders({
  store,
  log,
  audit,
}: AuditOrderDeps): (order: string) => Promise<AuditObedience> {
  let isBusy = false

  async function obey(order: string): Promise<AuditObedience> {
    if ((await store.readState(AUDIT_ORDER_KEY)) === order) return 'known'
    const outcome = await audit({ order })
    if (outcome.ok) return 'read'
    if (outcome.refused === 'failed') return 'failed'
    if (outcome.refused !== 'no-audit-port') return 'unanswered'
    return (await tellOfNoPort(store, order, outcome.reason)) ? 'failed' : 'unanswered'
  }

  return async order => {
    if (isBusy) return 'busy'
    isBusy = true
    try {
      const answer = await obey(order)
      log.info({ order, answer }, 'order to read the audit')
      return answer
    } catch (err) {
      log.error({ order, err }, 'order to read the audit')
      return 'unanswered'
    } finally {
      isBusy = false
    }
  }
}

async function tellOfNoPort(store: EventStore, order: string, reason: string): Promise<boolean> {
  const told = await store.append({
    events: [{ kind: 'audit.failed', fields: { detail: { order, reason } } }],
    state: { [AUDIT_ORDER_KEY]: order },
  })
  return told.ok
}
