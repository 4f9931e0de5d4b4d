/**
 * Splits one sale by the agreement in force: the calculation that the ledger books and that a
 * lender's own monitor repeats. Pure: the same agreement, state and sale give the same posting.
 * Σ parts = gross, always: fixed shares of gross, a payment company's fee, and a named receiver of
 * what is left. A split script can stand behind the same interface.
 */
import { channelFees, channelReceivable, deviceTakings } from './account-path.ts'
import { type AgreementTerms, type Share, WHOLE_BASIS_POINTS } from './terms.ts'

/** Largest gross of one sale, in minor units: far above any till, far below a 64-bit overflow. */
export const MAX_GROSS_MINOR = 10n ** 15n

/** What of the book the terms may read: all credits an account has had so far, in minor units. */
export type BookState = { creditedMinor(account: string): bigint }

export type ClearableSale = {
  saleId: string
  deviceId: string
  /** The sale's own time, milliseconds since 1970 UTC. */
  atMs: number
  channel: string
  gross: { amountMinor: bigint; currency: string }
}

export type Leg = { account: string; side: 'debit' | 'credit'; amountMinor: bigint }

/** One step of the split: what the terms asked for, what was there to pay, what is missing. */
export type Part = {
  account: string
  requestedMinor: bigint
  paidMinor: bigint
  shortfallMinor: bigint
}

export type Posting = {
  saleId: string
  currency: string
  grossMinor: bigint
  agreementId: string
  agreementVersion: number
  parts: Part[]
  legs: Leg[]
}

export type ClearingRefusal =
  | 'gross-not-positive'
  | 'gross-too-large'
  | 'currency-differs'
  | 'device-not-covered'
  | 'not-yet-valid'
  | 'channel-without-fee'

export type Clearing = { ok: true; posting: Posting } | { refused: ClearingRefusal }

/** The balanced posting of one sale, or why these terms cannot split it. */
export function clearSale(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
): Clearing {
  const refused = refusalOf(agreement, sale)
  if (refused !== undefined) return { refused }
  const parts = splitGross(agreement, state, sale)
  return {
    ok: true,
    posting: {
      saleId: sale.saleId,
      currency: agreement.currency,
      grossMinor: sale.gross.amountMinor,
      agreementId: agreement.agreementId,
      agreementVersion: agreement.version,
      parts,
      legs: saleLegs(sale, parts),
    },
  }
}

/**
 * The legs of a sale: in from the payment company to the device's sub-account, and out again to
 * each part. Parts of nothing make no leg.
 */
export function saleLegs(
  sale: ClearableSale,
  parts: readonly Pick<Part, 'account' | 'paidMinor'>[],
): Leg[] {
  const takings = deviceTakings(sale.deviceId)
  const { amountMinor } = sale.gross
  const credits = parts
    .filter(part => part.paidMinor > 0n)
    .map(part => ({ account: part.account, side: 'credit' as const, amountMinor: part.paidMinor }))
  return [
    { account: channelReceivable(sale.channel), side: 'debit', amountMinor },
    { account: takings, side: 'credit', amountMinor },
    { account: takings, side: 'debit', amountMinor },
    ...credits,
  ]
}

function refusalOf(agreement: AgreementTerms, sale: ClearableSale): ClearingRefusal | undefined {
  if (sale.gross.amountMinor <= 0n) return 'gross-not-positive'
  if (sale.gross.amountMinor > MAX_GROSS_MINOR) return 'gross-too-large'
  if (sale.gross.currency !== agreement.currency) return 'currency-differs'
  if (!agreement.deviceIds.includes(sale.deviceId)) return 'device-not-covered'
  if (sale.atMs < agreement.validFromMs) return 'not-yet-valid'
  const hasFee = agreement.channelFees.some(each => each.channel === sale.channel)
  return hasFee ? undefined : 'channel-without-fee'
}

/** Fee, shares in their order, then the remainder: the parts of one sale, zero ones included. */
function splitGross(agreement: AgreementTerms, state: BookState, sale: ClearableSale): Part[] {
  const gross = sale.gross.amountMinor
  const fee = agreement.channelFees.find(each => each.channel === sale.channel)
  const fixed = [
    paidInFull(channelFees(sale.channel), halfUp(gross, fee?.basisPoints ?? 0)),
    ...agreement.shares.map(share => cappedPart(share, gross, state)),
  ]
  const left = fixed.reduce((rest, part) => rest - part.paidMinor, gross)
  return [...fixed, paidInFull(agreement.remainder.account, left)]
}

function cappedPart(share: Share, gross: bigint, state: BookState): Part {
  const requestedMinor = floorOf(gross, share.basisPoints)
  const paidMinor = least(requestedMinor, roomUnderCap(share, state))
  return {
    account: share.account,
    requestedMinor,
    paidMinor,
    shortfallMinor: requestedMinor - paidMinor,
  }
}

/** What an uncapped share may take is at most the gross itself. */
function roomUnderCap(share: Share, state: BookState): bigint {
  if (share.capMinor === null) return MAX_GROSS_MINOR
  const room = BigInt(share.capMinor) - state.creditedMinor(share.account)
  return room > 0n ? room : 0n
}

const paidInFull = (account: string, amountMinor: bigint): Part => ({
  account,
  requestedMinor: amountMinor,
  paidMinor: amountMinor,
  shortfallMinor: 0n,
})

const WHOLE = BigInt(WHOLE_BASIS_POINTS)
const floorOf = (gross: bigint, points: number): bigint => (gross * BigInt(points)) / WHOLE
const halfUp = (gross: bigint, points: number): bigint =>
  (gross * BigInt(points) + WHOLE / 2n) / WHOLE
const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)
