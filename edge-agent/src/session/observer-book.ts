/** How sales that were only watched are written down: requests to the journal, pure. */
import type { BusPrice } from '@tillproof/firmware-bridge/mdb/price.ts'
import type { SaleResult, Tender } from '@tillproof/shared/event/event.ts'
import type { AppendRequest, EventDraft, EventFields } from '../journal/event-store.ts'
import type { SavedSale } from './machine.ts'
import { type OpenSale, resultRequest } from './sale.ts'

export type ObserverRules = { port: string; currency: string; reader: 1 | 2 }

/**
 * `minor` of the price is null where the bus did not say what its numbers mean. `vend` numbers the
 * requests of this run; null: its request was not heard, it began before we listened.
 */
export type ObservedVend = { vend?: number | null; item: number | null; price: BusPrice | null }

/** The facts of one reader that are about sales, as the sniffer tells them. */
export type SeenFact = {
  [Kind in SeenKind]: { kind: Kind; because?: string } & ObservedVend
}[SeenKind]
export type SeenKind =
  | 'requested'
  | 'approved'
  | 'denied'
  | 'cancelled'
  | 'succeeded'
  | 'failed'
  | 'presumed'
  | 'cash-sale'

/** The sale with the approved amount; `asked` is what the machine asked for. */
export function bookApproved(
  rules: ObserverRules,
  key: string,
  asked: ObservedVend,
  approved: ObservedVend,
  nowMs: number,
): { saved: SavedSale; request: AppendRequest } {
  const price = approved.price ?? asked.price
  const minor = price?.minor ?? null
  const saved: SavedSale = {
    phase: 'approved',
    sale: null,
    orderId: '',
    amountMinor: String(minor ?? 0n),
    currency: rules.currency,
    item: itemOf(asked),
    approvedAtMs: nowMs,
    figures: { reader: rules.reader, ...(minor === null ? { unpriced: true } : {}) },
  }
  const fields = { ...amountOf(rules, price), ...detailOf(price) }
  return {
    saved,
    request: {
      events: [
        requested(rules, asked, 'reader'),
        { kind: 'sale.approved', sale: 'opened', fields },
      ],
      state: { [key]: JSON.stringify(saved) },
    },
  }
}

/** The outcome of the open sale, and the end of the state that a restart would begin from. */
export function bookOutcome(
  key: string,
  open: OpenSale,
  told: { kind: 'succeeded' | 'failed' | 'presumed'; because?: string },
): AppendRequest {
  const reason = told.because === undefined ? {} : { reason: told.because }
  const request = resultRequest(key, open, { result: RESULTS[told.kind], ...reason })
  if (open.figures.unpriced !== true) return request
  return { ...request, events: request.events.map(withoutAmount) }
}

const RESULTS: Record<'succeeded' | 'failed' | 'presumed', SaleResult> = {
  succeeded: 'success',
  failed: 'failed',
  presumed: 'presumed',
}

function withoutAmount(draft: EventDraft): EventDraft {
  const { amountMinor: _, currency: __, ...fields } = draft.fields ?? {}
  return { ...draft, fields }
}

/** A sale whose approval nobody heard, with its outcome, at once. */
export function bookWhole(
  rules: ObserverRules,
  asked: ObservedVend,
  told: SeenFact & { kind: 'succeeded' | 'presumed' },
): AppendRequest {
  const price = told.price ?? asked.price
  const fields = { ...amountOf(rules, price), result: RESULTS[told.kind], ...detailOf(price) }
  const item = asked.item ?? told.item
  return {
    events: [
      requested(rules, { item, price }, 'reader'),
      { kind: 'sale.result', sale: 'opened', fields },
    ],
  }
}

export function bookCash(rules: ObserverRules, sold: ObservedVend): AppendRequest {
  const fields: EventFields = { ...amountOf(rules, sold.price), result: 'success' }
  return {
    events: [requested(rules, sold, 'cash'), { kind: 'sale.result', sale: 'opened', fields }],
  }
}

export function bookRefused(rules: ObserverRules, asked: ObservedVend): AppendRequest {
  const fields = { detail: { reason: 'denied by the reader' } }
  return {
    events: [requested(rules, asked, 'reader'), { kind: 'sale.refused', sale: 'opened', fields }],
  }
}

function requested(rules: ObserverRules, asked: ObservedVend, tender: Tender): EventDraft {
  const { price } = asked
  const detail = { reader: rules.reader, ...detailOf(price).detail }
  const fields: EventFields = { ...amountOf(rules, price), port: rules.port, tender, detail }
  const item = itemOf(asked)
  return {
    kind: 'sale.requested',
    sale: 'opens',
    fields: item === '' ? fields : { ...fields, item },
  }
}

function itemOf({ item }: ObservedVend): string {
  return item === null ? '' : String(item)
}

function amountOf({ currency }: ObserverRules, price: BusPrice | null): EventFields {
  const minor = price?.minor ?? null
  return minor === null ? {} : { amountMinor: minor, currency }
}

/** What the bus said where nobody knows how much money that is. */
function detailOf(price: BusPrice | null): EventFields {
  return price === null || price.minor !== null ? {} : { detail: { scaled: price.scaled } }
}
