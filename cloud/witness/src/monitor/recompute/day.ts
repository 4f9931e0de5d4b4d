/** A day of a book, recomputed: how many sales agree, and what each account got. */
import { SETTLEMENT } from '@tillproof/shared/ledger/settlement.ts'
import type { AccountSums, OutcomeCount, RecomputedBooks } from './recomputed-books.ts'

/** Amounts are decimal texts of minor units. */
export type BookDay = {
  book: string
  /** In UTC, by the sales' own time; null while nothing is recomputed. */
  day: string | null
  /** Journals that wait, of any day: their proof is not there yet. */
  waiting: number
  journals: number
  /** Recomputed and the same to the cent; recomputed and not; under terms that are not shown. */
  agreed: number
  differing: number
  unseen: number
  /** What is no sale and was taken over as booked, by kind. */
  other: Record<string, number>
  /** Whether every sale agrees and with them the sums of every account. */
  agreesToTheCent: boolean
  /** Versions proven to be logged and signed; how many stand in the registry, if it was asked. */
  agreements: { proven: number; registered: number | null }
  sums: { account: string; currency: string; booked: Sides; recomputed: Sides }[]
}
type Sides = { debits: string; credits: string }

/** @param day as YYYY-MM-DD; the newest there is where left out */
export function bookDay(
  books: RecomputedBooks,
  book: string,
  agreements: BookDay['agreements'],
  day: string | null = books.days(book).at(-1) ?? null,
): BookDay {
  const counts = day === null ? [] : books.counts(book, day)
  const sums = day === null ? [] : books.sums(book, day)
  const journals = total(counts)
  const [agreed, unseen, others] = ['agreed', 'unseen', 'other'].map(outcome =>
    counts.filter(count => count.outcome === outcome),
  )
  const differing = journals - total([agreed, unseen, others].flatMap(each => each ?? []))
  return {
    book,
    day,
    waiting: books.waitingCount(book),
    journals,
    agreed: total(agreed),
    differing,
    unseen: total(unseen),
    other: Object.fromEntries((others ?? []).map(({ kind, journals: n }) => [kind, n])),
    agreesToTheCent: differing === 0 && total(unseen) === 0 && sums.every(isSame),
    agreements,
    sums: sums.map(each => ({
      account: each.account,
      currency: each.currency,
      booked: texts(each.booked),
      recomputed: texts(each.recomputed),
    })),
  }
}

const total = (counts: readonly OutcomeCount[] = []): number =>
  counts.reduce((sum, { journals }) => sum + journals, 0)

const isSame = ({ booked, recomputed }: AccountSums): boolean =>
  booked.debits === recomputed.debits && booked.credits === recomputed.credits

const texts = ({ debits, credits }: { debits: bigint; credits: bigint }): Sides => ({
  debits: String(debits),
  credits: String(credits),
})

export function dayText(each: BookDay): string[] {
  if (each.day === null) return [`  book ${each.book}: nothing to recompute yet${waits(each)}`]
  const { journals, agreed, differing, unseen } = each
  const { proven, registered } = each.agreements
  const onChain = registered === null ? '' : `, ${registered} of them in the registry`
  const verdict = each.agreesToTheCent ? 'agrees to the cent' : 'DOES NOT AGREE'
  return [
    `  book ${each.book}, ${each.day} (UTC): ${verdict}${waits(each)}`,
    `     ${journals} journals: ${agreed} recomputed and the same, ${differing} not${rest(each)}`,
    ...(unseen === 0 ? [] : [`     ${unseen} under terms that are not shown to you`]),
    `     ${proven} versions of agreements are logged and signed by every party${onChain}`,
    ...each.sums.map(sumText),
  ]
}

const waits = ({ waiting }: BookDay): string => (waiting === 0 ? '' : `; ${waiting} journals wait`)

const rest = ({ other }: BookDay): string =>
  Object.entries(other)
    .map(([kind, journals]) => `, ${journals} ${kind} ${kind === SETTLEMENT ? RULED : TAKEN_OVER}`)
    .join('')

const TAKEN_OVER = 'taken over as booked'
/** Which sales a bill settles is not seen: its rule is held, its amounts are taken over. */
const RULED = 'by the rule of settlements'

function sumText({ account, currency, booked, recomputed }: BookDay['sums'][number]): string {
  const isOne = booked.debits === recomputed.debits && booked.credits === recomputed.credits
  const line = (sides: Sides) => `debits ${sides.debits}, credits ${sides.credits}`
  const should = isOne ? '' : `; should be ${line(recomputed)}`
  return `     ${isOne ? '=' : '≠'}  ${account} ${currency}: ${line(booked)}${should}`
}
