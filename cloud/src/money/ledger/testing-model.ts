/**
 * A naive ledger for tests: a list of what was booked, and every answer found by going through all
 * of it. It shares no code with the writer, not even the rules of accounts.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import fc from 'fast-check'
import type { PostingResult, PostingSource } from './draft-batch.ts'
import { leg, sourceOf } from './testing-postings.ts'

/** One wish; wishes of one number and other content are conflicts. */
export type Wish = { number: number; legs: readonly JournalLeg[] }

const PAYER = 'psp:sandbox:receivable'
const PARTIES = ['party:site:share', 'party:owner:share', 'facility:loan:repayment']
const TAKINGS = [0, 1].map(machine => `machine ${machine}`)

const amount = fc.integer({ min: 1, max: 20 }).map(BigInt)
const machine = fc.constantFrom(...TAKINGS)
const party = fc.constantFrom(...PARTIES)

const taken = fc.tuple(machine, amount).map(([into, gross]) => move(PAYER, into, gross))
const split = fc
  .tuple(machine, fc.array(fc.tuple(party, amount), { minLength: 1, maxLength: 3 }))
  .map(([from, parts]) => [
    leg('debit', from, total(parts)),
    ...parts.map(([to, part]) => leg('credit', to, part)),
  ])
const refunded = fc.tuple(party, amount).map(([from, part]) => move(from, PAYER, part))
const pended = fc
  .tuple(machine, party, amount)
  .map(([from, to, part]) => move(from, to, part, 'pending'))
const released = fc
  .tuple(machine, party, amount, fc.integer({ min: 0, max: 20 }))
  .map(([from, to, held, part]) => {
    const posted = BigInt(part) < held ? BigInt(part) : held
    return [...move(from, to, held, 'released'), ...(posted === 0n ? [] : move(from, to, posted))]
  })
const crooked = fc
  .tuple(machine, party, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([from, to, out, back]) => [
    leg('debit', from, BigInt(out)),
    leg('credit', to, BigInt(back)),
  ])

/** Few numbers and few amounts, so that wishes meet: again, in conflict, one after another. */
export const anyWish: fc.Arbitrary<Wish> = fc.record({
  number: fc.integer({ min: 0, max: 60 }),
  legs: fc.oneof(
    { weight: 6, arbitrary: taken },
    { weight: 4, arbitrary: split },
    { weight: 2, arbitrary: refunded },
    { weight: 2, arbitrary: pended },
    { weight: 2, arbitrary: released },
    { weight: 1, arbitrary: crooked },
  ),
})

function move(from: string, to: string, part: bigint, phase?: JournalLeg['phase']): JournalLeg[] {
  return [leg('debit', from, part, phase), leg('credit', to, part, phase)]
}

const total = (parts: readonly (readonly [string, bigint])[]): bigint =>
  parts.reduce((sum, [, part]) => sum + part, 0n)

/** The wish with the machines of this world. */
export function sourceOfWish({ number, legs }: Wish, devices: readonly string[]): PostingSource {
  const named = legs.map(each => {
    const at = TAKINGS.indexOf(each.account)
    return at < 0 ? each : { ...each, account: `device:${devices[at]}:takings` }
  })
  const payloadHash = sha256(utf8(named.map(textOf).join('\n')))
  return { ...sourceOf(`wish:${number}`, ...named), payloadHash }
}

const textOf = (each: JournalLeg): string =>
  `${each.side} ${each.account} ${each.phase} ${each.amountMinor}`

export type NaiveLedger = {
  book(source: PostingSource, legs: readonly JournalLeg[]): PostingResult
  legs(): JournalLeg[]
}

export function naiveLedger(): NaiveLedger {
  const booked: { businessId: string; facts: string; legs: readonly JournalLeg[] }[] = []
  const all = () => booked.flatMap(each => each.legs)
  return {
    legs: all,
    book({ businessId, payloadHash }, legs) {
      const facts = Buffer.from(payloadHash).toString('hex')
      const at = booked.findIndex(each => each.businessId === businessId)
      if (at >= 0) {
        const outcome = booked[at]?.facts === facts ? 'exists' : 'conflict'
        return { businessId, outcome, seq: BigInt(at + 1) }
      }
      const refused = refusalOf(all(), legs)
      if (refused !== undefined) return { businessId, outcome: refused, seq: null }
      booked.push({ businessId, facts, legs })
      return { businessId, outcome: 'posted', seq: BigInt(booked.length) }
    },
  }
}

function refusalOf(before: readonly JournalLeg[], legs: readonly JournalLeg[]) {
  for (const phase of ['posted', 'pending', 'released']) {
    const of = legs.filter(each => each.phase === phase)
    if (of.some(each => each.amountMinor <= 0n) || balanceOf(of) !== 0n) return 'unbalanced'
  }
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
  if (heldOut < 0n || heldIn < 0n) return false
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
