/**
 * What the split of one sale read of the book: kept with the sale, so that it can be split again on
 * another amount as it was split then, whatever was booked since. Terms that read nothing need
 * none.
 */
import { z } from 'zod'
import type { SignedTransfer } from './register.ts'
import { accountsFor, type BookState, EMPTY_BOOK, tallyKey } from './state.ts'
import { readsBook } from './term/term.ts'
import type { AgreementTerms } from './terms.ts'

const minor = z.string().regex(/^-?\d{1,19}$/)
const excerpt = z.strictObject({
  /** Credits and debits so far, by account. */
  sums: z.record(z.string(), z.tuple([minor, minor])),
  /** Period, gross, paid and carried, by `tallyKey`. */
  tallies: z.record(z.string(), z.tuple([z.number().int(), minor, minor, minor])),
})

/** As text, amounts as decimals; null where no term reads the book. */
export function excerptOf(
  agreement: AgreementTerms,
  state: Omit<BookState, 'transfers'>,
): string | null {
  const reading = agreement.terms.filter(readsBook)
  if (reading.length === 0) return null
  const { agreementId } = agreement
  const accounts = [...new Set(reading.flatMap(term => accountsFor(agreement, term)))]
  const sums = accounts.map(account => {
    return [account, [`${state.creditedMinor(account)}`, `${state.debitedMinor(account)}`]]
  })
  const tallies = accounts.flatMap(account => {
    const tally = state.tally(agreementId, account)
    if (tally === undefined) return []
    const { period, grossMinor, paidMinor, carriedMinor } = tally
    const minors = [grossMinor, paidMinor, carriedMinor].map(String)
    return [[tallyKey(agreementId, account), [period, ...minors]]]
  })
  return JSON.stringify({
    sums: Object.fromEntries(sums),
    tallies: Object.fromEntries(tallies),
  })
}

/** The state to split the sale by again; an empty book where nothing was kept. */
export function stateOfExcerpt(
  text: string | null,
  transfers: readonly SignedTransfer[],
): BookState {
  const read = text === null ? undefined : excerpt.parse(JSON.parse(text))
  if (read === undefined) return { ...EMPTY_BOOK, transfers }
  const sumOf = (account: string, at: 0 | 1) => BigInt(read.sums[account]?.[at] ?? 0)
  return {
    creditedMinor: account => sumOf(account, 0),
    debitedMinor: account => sumOf(account, 1),
    tally(agreementId, account) {
      const [period, gross, paid, carried] = read.tallies[tallyKey(agreementId, account)] ?? []
      if (period === undefined) return undefined
      return {
        period,
        grossMinor: BigInt(gross ?? 0),
        paidMinor: BigInt(paid ?? 0),
        carriedMinor: BigInt(carried ?? 0),
      }
    },
    transfers,
  }
}
