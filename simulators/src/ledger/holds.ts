/**
 * Random two-phase transfers of a book: money held for a party, then posted in full or in part,
 * given back or expired; and too early, too late, too much, twice, or never held.
 */
import {
  expirePending,
  pend,
  postPending,
  voidPending,
} from '@tillproof/cloud/money/ledger/two-phase.ts'
import type { JournalLeg, Phase } from '@tillproof/shared/ledger/posting-batch.ts'
import type { ForeseenBook } from './foreseen-book.ts'
import type { Transfer } from './transfers.ts'

export type Holds = {
  /** Holds up to that much of the account for the party. */
  open(id: string, from: string, to: string, amountMinor: bigint): Transfer
  /** Does something to one that is held, or tries to. */
  close(): Transfer
}
type Held = { id: string; from: string; to: string; amountMinor: bigint }

const HELD_AT_MS = 1_760_000_000_000
const UNTIL_MS = HELD_AT_MS + 86_400_000

export function holdsOf(random: () => number, book: ForeseenBook): Holds {
  const open: Held[] = []
  /** Given back, and so never to be posted. */
  let givenBack = 'never'

  function closed(held: Held, posted: bigint): Transfer['foreseen'] {
    open.splice(open.indexOf(held), 1)
    return book.foresee([
      ...legsOf(held, held.amountMinor, 'released'),
      ...(posted === 0n ? [] : legsOf(held, posted, 'posted')),
    ])
  }

  return {
    open(id, from, to, amountMinor) {
      const held = { id, from, to, amountMinor }
      const legs = legsOf(held, amountMinor, 'pending')
      const foreseen = book.foresee(legs)
      if (foreseen === 'posted') open.push(held)
      const hold = { ...closeOf(id), deviceId: null, untilMs: UNTIL_MS, legs: partsOf(legs) }
      return { source: pend(hold), foreseen }
    },
    close() {
      const held = open[Math.floor(random() * open.length)]
      const chance = random()
      if (held === undefined || chance < 0.05) {
        return { source: postPending(closeOf(givenBack)), foreseen: 'not-pending' }
      }
      const { id, amountMinor } = held
      const late = closeOf(id, UNTIL_MS)
      if (chance < 0.1) return { source: expirePending(closeOf(id)), foreseen: 'too-early' }
      if (chance < 0.15) return { source: postPending(late), foreseen: 'too-late' }
      const over = partsOf(legsOf(held, amountMinor + 1n, 'posted'))
      if (chance < 0.2) return { source: postPending(closeOf(id), over), foreseen: 'over-pending' }
      if (chance < 0.5) {
        return { source: postPending(closeOf(id)), foreseen: closed(held, amountMinor) }
      }
      if (chance < 0.8) {
        const part = 1n + amountMinor / 2n
        const parts = partsOf(legsOf(held, part, 'posted'))
        return { source: postPending(closeOf(id), parts), foreseen: closed(held, part) }
      }
      givenBack = id
      const source = chance < 0.9 ? voidPending(closeOf(id)) : expirePending(late)
      return { source, foreseen: closed(held, 0n) }
    },
  }
}

const closeOf = (id: string, atMs = HELD_AT_MS) => ({ id, currency: 'CNY', atMs })

const legsOf = ({ from, to }: Held, amountMinor: bigint, phase: Phase): JournalLeg[] => [
  { side: 'debit', account: from, amountMinor, phase, currency: 'CNY' },
  { side: 'credit', account: to, amountMinor, phase, currency: 'CNY' },
]

const partsOf = (legs: readonly JournalLeg[]) =>
  legs.map(({ side, account, amountMinor }) => ({ side, account, amountMinor }))
