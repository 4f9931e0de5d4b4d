/**
 * A bundle carries one sale, not the book before it. What a split depends on beyond the sale is
 * taken from the legs themselves where they imply it (a cap that was reached), and where they do
 * not, the legs are held against what the terms allow: what stays unproven is said so.
 */
import { channelFees, isParticipation } from '../agreement/account-path.ts'
import { type ClearableSale, clearSale, type Leg, type Posting } from '../agreement/clear-sale.ts'
import type { Part } from '../agreement/split.ts'
import { type BookState, EMPTY_BOOK } from '../agreement/state.ts'
import { readsBook, type Term } from '../agreement/term/term.ts'
import type { AgreementTerms } from '../agreement/terms.ts'

/** `unproven`: sentences on parts that depend on what was booked before. */
export type Judged = { unproven: string[] } | { refused: string }

export function judgeLegs(
  terms: AgreementTerms,
  sale: ClearableSale,
  legs: readonly Leg[],
): Judged {
  const fresh = clearSale(terms, EMPTY_BOOK, sale)
  if ('refused' in fresh) return { refused: `the agreement does not cover it (${fresh.refused})` }
  const capped = clearSale(terms, stateBehind(terms, fresh.posting, legs), sale)
  if (!('refused' in capped) && isSameLegs(capped.posting.legs, legs)) {
    return { unproven: capsReached(terms, fresh.posting.parts, legs) }
  }
  if (!isHistorical(terms)) return { refused: 'the terms give other legs' }
  const stateless = fresh.posting.parts.filter(part => !dependsOnBook(terms, part))
  const fault = impossibility(terms, sale, stateless, legs)
  return fault === undefined ? { unproven: [HISTORY] } : { refused: fault }
}

const HISTORY = 'What some parts got depends on earlier sales: it is possible, not proven here.'

/** A cap says how much the account had before, if the part got less than it asked for. */
function stateBehind(terms: AgreementTerms, { parts }: Posting, legs: readonly Leg[]): BookState {
  const credited = new Map<string, bigint>()
  for (const part of parts) {
    const cap = capOf(terms, part.term)
    const paid = creditTo(part.account, legs)
    if (cap === null || paid >= part.requestedMinor) continue
    // Less than nothing no account was ever credited: who got more than the cap got too much.
    credited.set(part.account, cap > paid ? cap - paid : 0n)
  }
  return { ...EMPTY_BOOK, creditedMinor: account => credited.get(account) ?? 0n }
}

function capsReached(terms: AgreementTerms, parts: readonly Part[], legs: readonly Leg[]) {
  return parts.flatMap(({ term, account, requestedMinor }) => {
    const paid = creditTo(account, legs)
    const isCut = paid < requestedMinor && capOf(terms, term) !== null
    const told = `${account} got ${paid} of ${requestedMinor}`
    return isCut ? [`${told}: that its cap is reached is not proven here.`] : []
  })
}

/** Nobody outside the agreement, no more than a part asked for that the sale alone decides. */
function impossibility(
  terms: AgreementTerms,
  sale: ClearableSale,
  stateless: readonly Part[],
  legs: readonly Leg[],
): string | undefined {
  const inward = clearSale(terms, EMPTY_BOOK, sale)
  if ('refused' in inward) return `the agreement does not cover it (${inward.refused})`
  if (!isSameLegs(inward.posting.legs.slice(0, 3), legs.slice(0, 3))) return OTHER_MACHINE
  const pools = terms.participations.map(each => each.account)
  const agreed = new Set([...terms.accounts.map(own => own.account), channelFees(sale.channel)])
  const out = legs.slice(3)
  const strange = out.find(leg =>
    leg.side === 'debit'
      ? !pools.includes(leg.account)
      : !agreed.has(leg.account) && !(pools.length > 0 && leg.account.startsWith('party:')),
  )
  if (strange !== undefined) return `${strange.account} has no part in the agreement`
  const greedy = stateless.find(part => creditTo(part.account, out) > part.requestedMinor)
  return greedy === undefined ? undefined : `${greedy.account} got more than it asks for`
}

const OTHER_MACHINE = 'it does not come in by the machine and the payment company of the sale'

function dependsOnBook(terms: AgreementTerms, part: Part): boolean {
  const term = terms.terms.find(each => each.name === part.term)
  return term === undefined || isParticipation(part.account) || readsBook(term) || looks(term)
}

/** A share of what others leave moves with them. */
const looks = (term: Term): boolean => term.kind === 'share' && term.after.length > 0

const isHistorical = (terms: AgreementTerms): boolean =>
  terms.participations.length > 0 ||
  terms.terms.some(term => readsBook(term) && term.kind !== 'share')

function capOf(terms: AgreementTerms, name: string | null): bigint | null {
  const term = terms.terms.find(each => each.name === name)
  const cap = term !== undefined && 'capMinor' in term ? term.capMinor : null
  return cap === null ? null : BigInt(cap)
}

const creditTo = (account: string, legs: readonly Leg[]): bigint =>
  legs.reduce(
    (sum, leg) => (leg.account === account && leg.side === 'credit' ? sum + leg.amountMinor : sum),
    0n,
  )

function isSameLegs(expected: readonly Leg[], legs: readonly Leg[]): boolean {
  const lines = (each: readonly Leg[]) =>
    each
      .map(leg => `${leg.side} ${leg.account} ${leg.amountMinor}`)
      .sort()
      .join('\n')
  return lines(expected) === lines(legs)
}
