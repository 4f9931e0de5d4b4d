/**
 * Splits one sale by the agreement in force: the calculation that the ledger books and that a
 * lender's own monitor repeats. Pure: the same agreement, state and sale give the same posting.
 * Words: a **term** asks for an amount, the **script** gives, a **part** is what became of both; a
 * **leg** is one line of the posting. Σ parts = gross, always, and no part is negative.
 *
 *     terms ask (term/) → script gives (split.ts) → participations divide (register.ts) → legs
 */
import { deviceTakings, isParticipation, partyShare, takenInOn } from './account-path.ts'
import { divide, holdersAt, participationOf } from './register.ts'
import { type Part, type SplitRefusal, splitByScript } from './split.ts'
import { accountsFor, type BookState, EMPTY_BOOK } from './state.ts'
import { tallyAt } from './tally.ts'
import type { Asking } from './term/asking.ts'
import { ask, memoryOf, type Term } from './term/term.ts'
import type { AgreementTerms } from './terms.ts'

/** Largest gross of one sale, in minor units: far above any till, far below a 64-bit overflow. */
export const MAX_GROSS_MINOR = 10n ** 15n

export type ClearableSale = {
  saleId: string
  deviceId: string
  /** The sale's own time, milliseconds since 1970 UTC. */
  atMs: number
  channel: string
  /** Slot, programme or tariff, as the machine stated it; null where it stated none. */
  item: string | null
  gross: { amountMinor: bigint; currency: string }
}

export type Leg = { account: string; side: 'debit' | 'credit'; amountMinor: bigint }

export type Posting = {
  saleId: string
  currency: string
  grossMinor: bigint
  agreementId: string
  agreementVersion: number
  /** One for each term, in their order, then what the script gives of its own. */
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
  | 'item-without-price'
  | SplitRefusal

export type Clearing =
  | { ok: true; posting: Posting }
  | { refused: ClearingRefusal; detail?: string }

/** The balanced posting of one sale, or why these terms cannot split it. */
export function clearSale(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
): Clearing {
  const refused = refusalOf(agreement, sale)
  if (refused !== undefined) return { refused }
  const asked = askAll(agreement, state, sale)
  if ('refused' in asked) return asked
  const { channel } = sale
  const grossMinor = sale.gross.amountMinor
  const split = splitByScript(agreement, asked, { channel, grossMinor })
  if ('refused' in split) return split
  const { parts } = split
  return {
    ok: true,
    posting: {
      saleId: sale.saleId,
      currency: agreement.currency,
      grossMinor,
      agreementId: agreement.agreementId,
      agreementVersion: agreement.version,
      parts,
      legs: [...saleLegs(sale, parts), ...passedOn(agreement, state, sale, parts)],
    },
  }
}

/**
 * Why these terms do not take a sale, whatever the book: cheap, without running the script, which
 * was tried on sample sales before anybody signed it.
 */
export function refusalOfSale(
  agreement: AgreementTerms,
  sale: ClearableSale,
): ClearingRefusal | undefined {
  const refused = refusalOf(agreement, sale)
  if (refused !== undefined) return refused
  const asked = askAll(agreement, EMPTY_BOOK, sale)
  return 'refused' in asked ? asked.refused : undefined
}

/** In from where the money is to the machine's sub-account, and out of it to each part. */
export function saleLegs(
  sale: ClearableSale,
  parts: readonly Pick<Part, 'account' | 'paidMinor'>[],
): Leg[] {
  const { amountMinor } = sale.gross
  const takings = deviceTakings(sale.deviceId)
  return [
    { account: takenInOn(sale.channel, sale.deviceId), side: 'debit', amountMinor },
    { account: takings, side: 'credit', amountMinor },
    { account: takings, side: 'debit', amountMinor },
    ...credits(parts.map(part => ({ account: part.account, amountMinor: part.paidMinor }))),
  ]
}

function refusalOf(agreement: AgreementTerms, sale: ClearableSale): ClearingRefusal | undefined {
  if (sale.gross.amountMinor <= 0n) return 'gross-not-positive'
  if (sale.gross.amountMinor > MAX_GROSS_MINOR) return 'gross-too-large'
  if (sale.gross.currency !== agreement.currency) return 'currency-differs'
  if (!agreement.deviceIds.includes(sale.deviceId)) return 'device-not-covered'
  return sale.atMs < agreement.validFromMs ? 'not-yet-valid' : undefined
}

/** What each term asks for, by name, in the order of the terms. */
function askAll(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
): Map<string, bigint> | { refused: ClearingRefusal } {
  const asked = new Map<string, bigint>()
  for (const term of agreement.terms) {
    const asking = askingOf(agreement, state, sale, term, asked)
    const amount = ask(term, asking, agreement.utcOffsetMinutes)
    if (typeof amount !== 'bigint') return amount
    asked.set(term.name, amount)
    // What a guarantor's share pays in another's place it does not get itself.
    if (term.kind === 'guarantor-call') {
      asked.set(term.from, (asked.get(term.from) ?? 0n) - amount)
    }
  }
  return asked
}

function askingOf(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
  term: Term,
  asked: ReadonlyMap<string, bigint>,
): Asking {
  const accounts = accountsFor(agreement, term)
  const sumOf = (read: (account: string) => bigint) =>
    accounts.reduce((sum, account) => sum + read(account), 0n)
  return {
    grossMinor: sale.gross.amountMinor,
    channel: sale.channel,
    item: sale.item,
    asked,
    creditedMinor: sumOf(state.creditedMinor),
    debitedMinor: sumOf(state.debitedMinor),
    tally: tallyOf(agreement, state, sale, term),
    carriedOf: name => {
      const other = agreement.terms.find(each => each.name === name)
      return (other && tallyOf(agreement, state, sale, other)?.carriedMinor) ?? 0n
    },
  }
}

function tallyOf(agreement: AgreementTerms, state: BookState, sale: ClearableSale, term: Term) {
  const { agreementId, utcOffsetMinutes } = agreement
  const memory = memoryOf(term, utcOffsetMinutes)
  if (memory === null || term.kind === 'payment-fee') return null
  const known = state.tally(agreementId, term.account)
  return tallyAt(known, memory, sale.atMs, utcOffsetMinutes)
}

/** What arrived for holders of a participation goes on to them, by their units at the time. */
function passedOn(
  agreement: AgreementTerms,
  state: BookState,
  sale: ClearableSale,
  parts: readonly Part[],
): Leg[] {
  return parts.flatMap(({ account, paidMinor }): Leg[] => {
    const register = isParticipation(account) ? participationOf(agreement, account) : undefined
    if (register === undefined || paidMinor === 0n) return []
    const holders = holdersAt(register, agreement.agreementId, state.transfers, sale.atMs)
    const shares = divide(paidMinor, holders).map(({ partyId, amountMinor }) => ({
      account: partyShare(partyId),
      amountMinor,
    }))
    return [{ account, side: 'debit', amountMinor: paidMinor }, ...credits(shares)]
  })
}

const credits = (shares: readonly { account: string; amountMinor: bigint }[]): Leg[] =>
  shares
    .filter(share => share.amountMinor > 0n)
    .map(({ account, amountMinor }) => ({ account, side: 'credit', amountMinor }))
