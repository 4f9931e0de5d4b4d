/** The requests by which a sale enters the journal and leaves it, the same for all machines. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { SaleResult } from '@tillproof/shared/event/event.ts'
import { parseDecimal } from '@tillproof/shared/money/money.ts'
import type { AppendRequest, EventDraft } from '../journal/event-store.ts'
import type { SavedSale } from './machine.ts'
import type { Credit, VoucherRefusal } from './voucher.ts'

/** A sale whose index is known, as it is between approval and result. */
export type OpenSale = SavedSale & { sale: number }

/** The saved sale with the index that its commit brought. */
export function opened(saved: SavedSale, sale: number | null): OpenSale {
  if (sale !== null) return { ...saved, sale }
  throw new TillproofError(
    'session.sale-without-index',
    'An approval was committed and the journal named no sale.',
    'Report this: the journal and the session disagree about their contract.',
  )
}

/**
 * Request, payment and approval in one transaction, together with the spent voucher and the state
 * that a restart begins from. `port` is the line the machine asked on.
 */
export function approvalRequest(key: string, saved: SavedSale, port: string): AppendRequest {
  const price = { amountMinor: BigInt(saved.amountMinor), currency: saved.currency }
  const fields = { ...price, item: saved.item, port }
  return {
    events: [
      { kind: 'sale.requested', sale: 'opens', fields },
      { kind: 'payment.seen', sale: 'opened', fields: { ...price, orderId: saved.orderId } },
      { kind: 'sale.approved', sale: 'opened', fields: price },
    ],
    spendVoucher: saved.orderId,
    state: { [key]: JSON.stringify(saved) },
  }
}

/**
 * The result, after `before` (session end, meters), and the end of the saved state. Its amount is
 * what is owed: as approved, or `finalMinor` where less of a deposit was used.
 */
export function resultRequest(
  key: string,
  open: OpenSale,
  told: { result: SaleResult; reason?: string; finalMinor?: bigint; before?: EventDraft[] },
): AppendRequest {
  const { result, reason, finalMinor = BigInt(open.amountMinor), before = [] } = told
  const price = { amountMinor: finalMinor, currency: open.currency }
  const detail = reason === undefined ? {} : { detail: { reason } }
  return {
    events: [
      ...before,
      { kind: 'sale.result', sale: open.sale, fields: { ...price, result, ...detail } },
    ],
    state: { [key]: null },
  }
}

/** A paid customer who asked for something else than he paid for: told, kept, nothing spent. */
export function refusalRequest(
  asked: { amountMinor: bigint; currency: string; item: string; port: string },
  reason: string,
): AppendRequest {
  return {
    events: [
      { kind: 'sale.requested', sale: 'opens', fields: asked },
      { kind: 'sale.refused', sale: 'opened', fields: { detail: { reason } } },
    ],
  }
}

/** The offer a credit pays for, at exactly its price, or why there is none. */
export function matchOffer<Offer extends { item: string; price: string }>(
  offers: readonly Offer[],
  currency: string,
  credit: Credit,
): { ok: true; offer: Offer } | { ok: false; refused: VoucherRefusal } {
  if (credit.currency !== currency) return { ok: false, refused: 'wrong-currency' }
  const offer = offers.find(it => it.item === credit.item)
  if (offer === undefined) return { ok: false, refused: 'no-such-item' }
  const price = parseDecimal(offer.price, currency)
  return price === credit.amountMinor ? { ok: true, offer } : { ok: false, refused: 'wrong-price' }
}
