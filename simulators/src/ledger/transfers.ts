/**
 * Random transfers of a book, the same for the same seed: takings, splits, refunds and two-phase
 * transfers, with the wrong ones that a ledger meets: told again, told otherwise, more than there
 * is, out of balance.
 */
import type { PostingSource } from '@tillproof/cloud/money/ledger/draft-batch.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg, Side } from '@tillproof/shared/ledger/posting-batch.ts'
import { type ForeseenBook, foreseenBook, type Outcome } from './foreseen-book.ts'
import { holdsOf } from './holds.ts'

export type Transfer = { source: PostingSource; foreseen: Outcome }
export type Transfers = { book: ForeseenBook; next(): Transfer }

const PAYER = 'psp:sandbox:receivable'
const PARTIES = Array.from({ length: 12 }, (_, at) => `party:${at}:share`)
const MOST_PARTS = 4
const DEAREST_MINOR = 2_000
/** How many booked transfers may be told again. */
const REMEMBERED = 2_000
const FIRST_MS = 1_760_000_000_000

export function transfersOf(random: () => number, deviceIds: readonly string[]): Transfers {
  const book = foreseenBook()
  const booked: PostingSource[] = []
  const holds = holdsOf(random, book)
  let made = 0

  function fresh(): Transfer {
    const legs = anyLegs(random, book, deviceIds)
    const source = sourceOf(made++, legs)
    const foreseen = book.foresee(legs)
    if (foreseen === 'posted') booked[made % REMEMBERED] = source
    return { source, foreseen }
  }

  /** Of a machine's money, at times more than it has. */
  function held(): Transfer {
    const oneOf = (all: readonly string[]) => all[Math.floor(random() * all.length)] ?? ''
    const machine = `device:${oneOf(deviceIds)}:takings`
    const most = (book.balance(machine) * BigInt(Math.floor(random() * 1_100))) / 1_000n
    return holds.open(`simulated:${made++}`, machine, oneOf(PARTIES), 1n + most)
  }

  function next(): Transfer {
    const chance = random()
    const earlier = booked[Math.floor(random() * REMEMBERED)]
    if (chance >= 0.9) return holds.close()
    if (chance >= 0.8) return held()
    if (earlier === undefined || chance >= 0.08) return fresh()
    if (chance >= 0.03) return { source: earlier, foreseen: 'exists' }
    const payloadHash = sha256(earlier.payloadHash)
    return { source: { ...earlier, payloadHash }, foreseen: 'conflict' }
  }
  return { book, next }
}

function anyLegs(
  random: () => number,
  book: ForeseenBook,
  deviceIds: readonly string[],
): JournalLeg[] {
  const below = (limit: number) => Math.floor(random() * limit)
  const oneOf = (all: readonly string[]) => all[below(all.length)] ?? ''
  const machine = `device:${oneOf(deviceIds)}:takings`
  const amount = BigInt(1 + below(DEAREST_MINOR))
  const chance = random()
  if (chance < 0.5) return [leg('debit', PAYER, amount), leg('credit', machine, amount)]
  if (chance < 0.85) {
    // Up to a fifth more than the machine has.
    const out = (book.balance(machine) * BigInt(below(1_200))) / 1_000n
    const parts = Array.from({ length: 1 + below(MOST_PARTS) }, () => oneOf(PARTIES))
    const part = out / BigInt(parts.length) + 1n
    const debit = leg('debit', machine, part * BigInt(parts.length))
    return [debit, ...parts.map(party => leg('credit', party, part))]
  }
  const back = chance < 0.98 ? amount : amount + 1n
  return [leg('debit', oneOf(PARTIES), amount), leg('credit', PAYER, back)]
}

const leg = (side: Side, account: string, amountMinor: bigint): JournalLeg => ({
  side,
  account,
  amountMinor,
  currency: 'CNY',
  phase: 'posted',
})

function sourceOf(number: number, legs: JournalLeg[]): PostingSource {
  const businessId = `simulated:${number}`
  return {
    businessId,
    payloadHash: sha256(utf8(businessId)),
    currency: 'CNY',
    draft: () => ({
      kind: 'simulated',
      deviceId: null,
      sourceAtMs: FIRST_MS + number * 1_000,
      agreement: null,
      legs,
    }),
  }
}
