/**
 * Random wishes for tests of the writer: takings, splits, refunds, two-phase transfers and their
 * ends, and those that no ledger may grant.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import fc from 'fast-check'
import type { PostingSource } from './draft-batch.ts'
import { leg, sourceOf } from './testing-postings.ts'
import { expirePending, pend, postPending, voidPending } from './two-phase.ts'

/** Wishes of one number and other content are conflicts. */
export type Wish =
  | { kind: 'plain'; number: number; legs: readonly JournalLeg[] }
  | { kind: 'pend'; number: number; untilMs: number; legs: readonly JournalLeg[] }
  | {
      kind: 'post' | 'void' | 'expire'
      number: number
      atMs: number
      /** What to post; null for all. */
      legs: readonly JournalLeg[] | null
    }

export const PAYER = 'psp:sandbox:receivable'
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
const crooked = fc
  .tuple(machine, party, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([from, to, out, back]) => [
    leg('debit', from, BigInt(out)),
    leg('credit', to, BigInt(back)),
  ])

const loose = fc
  .tuple(machine, party, fc.constantFrom('pending' as const, 'released' as const))
  .map(([from, to, phase]) => move(from, to, 1n, phase))

const anyPlain = fc.record({
  kind: fc.constant('plain' as const),
  number: fc.integer({ min: 0, max: 60 }),
  legs: fc.oneof(
    { weight: 6, arbitrary: taken },
    { weight: 4, arbitrary: split },
    { weight: 2, arbitrary: refunded },
    { weight: 1, arbitrary: loose },
    { weight: 1, arbitrary: crooked },
  ),
})

/** One number holds for one party and one machine, so that parts of it are often wished for. */
const heldOf = (number: number, part: bigint): JournalLeg[] =>
  move(TAKINGS[number % 2] ?? '', PARTIES[number % 3] ?? '', part)
const held = fc.integer({ min: 0, max: 11 })
const anyPend = fc
  .record({ number: held, untilMs: fc.constantFrom(8, 9), part: amount })
  .map(({ number, untilMs, part }): Wish => {
    return { kind: 'pend', number, untilMs, legs: heldOf(number, part) }
  })
const anyPost = fc
  .record({ number: held, atMs: fc.integer({ min: 0, max: 10 }), part: fc.option(amount) })
  .map(({ number, atMs, part }): Wish => {
    return { kind: 'post', number, atMs, legs: part === null ? null : heldOf(number, part) }
  })
const anyBack: fc.Arbitrary<Wish> = fc.record({
  kind: fc.constantFrom('void' as const, 'expire' as const),
  number: held,
  atMs: fc.integer({ min: 0, max: 16 }),
  legs: fc.constant(null),
})

/** Few numbers and few amounts, so that wishes meet: again, in conflict, one after another. */
export const anyWish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 8, arbitrary: anyPlain },
  { weight: 3, arbitrary: anyPend },
  { weight: 2, arbitrary: anyPost },
  { weight: 2, arbitrary: anyBack },
)

function move(from: string, to: string, part: bigint, phase?: JournalLeg['phase']): JournalLeg[] {
  return [leg('debit', from, part, phase), leg('credit', to, part, phase)]
}

const total = (parts: readonly (readonly [string, bigint])[]): bigint =>
  parts.reduce((sum, [, part]) => sum + part, 0n)

/** The wish with the machines of this world. */
export function inWorld(wish: Wish, devices: readonly string[]): Wish {
  const named = (each: JournalLeg) => {
    const at = TAKINGS.indexOf(each.account)
    return at < 0 ? each : { ...each, account: `device:${devices[at]}:takings` }
  }
  return wish.kind === 'plain' || wish.kind === 'pend'
    ? { ...wish, legs: wish.legs.map(named) }
    : { ...wish, legs: wish.legs?.map(named) ?? null }
}

/** What the writer is asked to book for a wish. */
export function sourceOfWish(wish: Wish): PostingSource {
  const close = { id: String(wish.number), currency: 'CNY', atMs: 'atMs' in wish ? wish.atMs : 0 }
  switch (wish.kind) {
    case 'plain': {
      const payloadHash = sha256(utf8(wish.legs.map(textOf).join('\n')))
      return { ...sourceOf(`wish:${wish.number}`, ...wish.legs), payloadHash }
    }
    case 'pend':
      return pend({ ...close, deviceId: null, untilMs: wish.untilMs, legs: wish.legs })
    case 'post':
      return postPending(close, wish.legs)
    case 'void':
      return voidPending(close)
    case 'expire':
      return expirePending(close)
  }
}

const textOf = (each: JournalLeg): string =>
  `${each.side} ${each.account} ${each.phase} ${each.amountMinor}`
