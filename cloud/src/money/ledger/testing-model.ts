/**
 * A naive ledger for tests: a list of what was granted, and every answer found by going through all
 * of it. It shares no code with the writer, not even the rules of accounts.
 */
import type { JournalLeg, Phase } from '@tillproof/shared/ledger/posting-batch.ts'
import type { PostingResult } from './draft-batch.ts'
import { PAYER, type Wish } from './testing-wishes.ts'

type Outcome = PostingResult['outcome']
export type NaiveLedger = {
  book(wish: Wish): { outcome: Outcome; seq: bigint | null }
  legs(): JournalLeg[]
}

export function naiveLedger(): NaiveLedger {
  const booked: { wish: Wish; legs: readonly JournalLeg[] }[] = []
  const all = () => booked.flatMap(each => each.legs)
  return {
    legs: all,
    book(wish) {
      const at = booked.findIndex(each => nameOf(each.wish) === nameOf(wish))
      const earlier = booked[at]
      if (earlier !== undefined) {
        const outcome = factsOf(earlier.wish) === factsOf(wish) ? 'exists' : 'conflict'
        return { outcome, seq: BigInt(at + 1) }
      }
      const wishes = booked.map(each => each.wish)
      const legs = legsOf(wishes, wish)
      const outcome = typeof legs === 'string' ? legs : refusalOf(wishes, wish, all(), legs)
      if (typeof legs === 'string' || outcome !== undefined) {
        return { outcome: outcome ?? 'posted', seq: null }
      }
      booked.push({ wish, legs })
      return { outcome: 'posted', seq: BigInt(booked.length) }
    },
  }
}

const nameOf = ({ kind, number }: Wish): string => `${kind} ${number}`

/** What makes a wish told twice the same; when it is told is no part of it. */
const factsOf = (wish: Wish): string =>
  [
    wish.kind === 'pend' ? wish.untilMs : '',
    ...(wish.legs ?? []).flatMap(each => [each.account, each.side, each.phase, each.amountMinor]),
  ].join(' ')

const openHold = (booked: readonly Wish[], number: number) => {
  const isClosed = booked.some(
    each => each.number === number && ['post', 'void', 'expire'].includes(each.kind),
  )
  const hold = booked.find(each => each.kind === 'pend' && each.number === number)
  return hold?.kind === 'pend' && !isClosed ? hold : undefined
}

function legsOf(booked: readonly Wish[], wish: Wish): readonly JournalLeg[] | Outcome {
  if (wish.kind === 'plain') return wish.legs
  if (wish.kind === 'pend') return inPhase(wish.legs, 'pending')
  const hold = openHold(booked, wish.number)
  if (hold === undefined) return 'not-pending'
  const isOver = wish.atMs >= hold.untilMs
  if (wish.kind === 'post' && isOver) return 'too-late'
  if (wish.kind === 'expire' && !isOver) return 'too-early'
  const released = inPhase(hold.legs, 'released')
  return wish.kind === 'post' ? [...released, ...(wish.legs ?? hold.legs)] : released
}

const inPhase = (legs: readonly JournalLeg[], phase: Phase): JournalLeg[] =>
  legs.map(each => ({ ...each, phase }))

function refusalOf(
  booked: readonly Wish[],
  wish: Wish,
  before: readonly JournalLeg[],
  legs: readonly JournalLeg[],
): Outcome | undefined {
  for (const phase of ['posted', 'pending', 'released']) {
    const of = legs.filter(each => each.phase === phase)
    if (of.some(each => each.amountMinor <= 0n) || balanceOf(of) !== 0n) return 'unbalanced'
  }
  if (wish.kind === 'plain' && legs.some(each => each.phase !== 'posted')) return 'not-pending'
  // Holds and their parts have one debit and one credit, of the same accounts.
  const most = openHold(booked, wish.number)?.legs[0]?.amountMinor ?? 0n
  if (wish.kind === 'post' && (wish.legs?.[0]?.amountMinor ?? 0n) > most) return 'over-pending'
  const after = [...before, ...legs]
  const isKept = legs.every(each => holds(after.filter(one => one.account === each.account)))
  return isKept ? undefined : 'rule-broken'
}

/** A machine's money and a payment company's, with what is pending and without. */
function holds(legs: readonly JournalLeg[]): boolean {
  const account = legs[0]?.account ?? ''
  const sumOf = (side: string, phase: string) =>
    legs
      .filter(each => each.side === side && each.phase === phase)
      .reduce((sum, each) => sum + each.amountMinor, 0n)
  const heldOut = sumOf('debit', 'pending') - sumOf('debit', 'released')
  const heldIn = sumOf('credit', 'pending') - sumOf('credit', 'released')
  const posted = sumOf('credit', 'posted') - sumOf('debit', 'posted')
  const withPending = posted + heldIn - heldOut
  if (account.startsWith('device:')) return posted >= 0n && withPending >= 0n
  if (account === PAYER) return posted <= 0n && withPending <= 0n
  return true
}

const balanceOf = (legs: readonly JournalLeg[]): bigint =>
  legs.reduce((sum, each) => sum + (each.side === 'debit' ? 1n : -1n) * each.amountMinor, 0n)

/** The four sums of each account, by path, as the database has them. */
export function sumsOf(legs: readonly JournalLeg[]) {
  const paths = [...new Set(legs.map(each => each.account))].sort()
  return paths.map(path => {
    const of = (side: string, ...phases: string[]) =>
      legs
        .filter(each => each.account === path && each.side === side && phases.includes(each.phase))
        .reduce((sum, each) => sum + (each.phase === 'released' ? -1n : 1n) * each.amountMinor, 0n)
    return {
      path,
      debits_posted: of('debit', 'posted'),
      credits_posted: of('credit', 'posted'),
      debits_pending: of('debit', 'pending', 'released'),
      credits_pending: of('credit', 'pending', 'released'),
    }
  })
}
