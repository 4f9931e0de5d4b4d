/**
 * What each share gives back of a sale: its split on what was left of it before the refund, less
 * its split on what is left afterwards, both as the book stood when the sale was cleared. Pure: the
 * ledger books it, and a lender's monitor repeats it.
 */
import { channelReceivable, deviceRefunds } from './account-path.ts'
import { type ClearableSale, type Clearing, clearSale, type Leg } from './clear-sale.ts'
import type { BookState } from './state.ts'
import type { AgreementTerms } from './terms.ts'

/** Of a sale, minor units: what was left of it before, and what goes back now. */
export type PaidBack = { beforeMinor: bigint; amountMinor: bigint }
export type RefundLegs =
  | { ok: true; legs: Leg[] }
  | Extract<Clearing, { refused: unknown }>
  | { refused: 'more-than-left' }

/**
 * The balanced legs of a refund: from each share to the machine's refunds, and out to the customer
 * by the payment company.
 * @param state the book as the sale's split read it, see excerpt.ts
 */
export function refundSale(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
  back: PaidBack,
): RefundLegs {
  const { beforeMinor, amountMinor } = back
  if (amountMinor <= 0n || amountMinor > beforeMinor) return { refused: 'more-than-left' }
  const before = sharesOf(agreement, state, sale, beforeMinor)
  const after = sharesOf(agreement, state, sale, beforeMinor - amountMinor)
  if ('refused' in before) return before
  if ('refused' in after) return after
  const accounts = [...new Set([...before.shares.keys(), ...after.shares.keys()])]
  const given = accounts.map(account => {
    return {
      account,
      minor: (before.shares.get(account) ?? 0n) - (after.shares.get(account) ?? 0n),
    }
  })
  return { ok: true, legs: [...given.flatMap(legOf), ...paidOut(sale, amountMinor)] }
}

/** All of a sale that nobody's agreement has split: it goes back out of where it waits. */
export const refundSuspended = (
  sale: ClearableSale,
  account: string,
  amountMinor: bigint,
): Leg[] => [{ account, side: 'debit', amountMinor }, ...paidOut(sale, amountMinor)]

type Shares = { shares: ReadonlyMap<string, bigint> }

/** Credits less debits of each account that the sale's split reaches. */
function sharesOf(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
  amountMinor: bigint,
): Shares | Extract<Clearing, { refused: unknown }> {
  if (amountMinor === 0n) return { shares: new Map() }
  const cleared = clearSale(agreement, state, { ...sale, gross: { ...sale.gross, amountMinor } })
  if ('refused' in cleared) return cleared
  const shares = new Map<string, bigint>()
  // The first three bring the takings to the machine and out of it.
  for (const { account, side, amountMinor: minor } of cleared.posting.legs.slice(3)) {
    shares.set(account, (shares.get(account) ?? 0n) + (side === 'credit' ? minor : -minor))
  }
  return { shares }
}

/** Rounding among holders of a participation can give one of them a unit more. */
function legOf({ account, minor }: { account: string; minor: bigint }): Leg[] {
  if (minor === 0n) return []
  return [
    minor > 0n
      ? { account, side: 'debit', amountMinor: minor }
      : { account, side: 'credit', amountMinor: -minor },
  ]
}

const paidOut = ({ deviceId, channel }: ClearableSale, amountMinor: bigint): Leg[] => [
  { account: deviceRefunds(deviceId), side: 'credit', amountMinor },
  { account: deviceRefunds(deviceId), side: 'debit', amountMinor },
  { account: channelReceivable(channel), side: 'credit', amountMinor },
]
