/**
 * What a book must say, foreseen while its transfers are made up: running sums for each account and
 * the rules in words of its own. It shares no code with the writer that it is held against.
 */
import type { PostingResult } from '@tillproof/cloud/money/ledger/draft-batch.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'

/** Nothing here is made only as the book's state asks for it. */
export type Outcome = Exclude<PostingResult['outcome'], 'nothing-due'>
/** Posted debits and credits, and what of each is pending. */
export type ForeseenSums = { debits: bigint; credits: bigint; out: bigint; in: bigint }
export type ForeseenBook = {
  /** By account path. */
  sums: ReadonlyMap<string, ForeseenSums>
  /** What becomes of a new transfer; the sums are afterwards as if it had been booked so. */
  foresee(legs: readonly JournalLeg[]): Outcome
  /** Credits less debits, with what is pending. */
  balance(path: string): bigint
}

export const NO_FORESEEN: ForeseenSums = { debits: 0n, credits: 0n, out: 0n, in: 0n }

export function foreseenBook(): ForeseenBook {
  const sums = new Map<string, ForeseenSums>()
  const sumsOf = (path: string) => sums.get(path) ?? NO_FORESEEN
  return {
    sums,
    balance: path => balanceOf(sumsOf(path)),
    foresee(legs) {
      if (!isEven(legs)) return 'unbalanced'
      const after = new Map<string, ForeseenSums>()
      for (const leg of legs) {
        after.set(leg.account, plus(after.get(leg.account) ?? sumsOf(leg.account), leg))
      }
      if (![...after].every(isAllowed)) return 'rule-broken'
      for (const [path, each] of after) sums.set(path, each)
      return 'posted'
    },
  }
}

function plus(sums: ForeseenSums, { side, phase, amountMinor }: JournalLeg): ForeseenSums {
  if (phase === 'posted') {
    return side === 'debit'
      ? { ...sums, debits: sums.debits + amountMinor }
      : { ...sums, credits: sums.credits + amountMinor }
  }
  const held = phase === 'pending' ? amountMinor : -amountMinor
  return side === 'debit' ? { ...sums, out: sums.out + held } : { ...sums, in: sums.in + held }
}

const balanceOf = (sums: ForeseenSums): bigint => sums.credits - sums.debits + sums.in - sums.out

function isEven(legs: readonly JournalLeg[]): boolean {
  const net = legs.reduce(
    (sum, { side, amountMinor }) => (side === 'debit' ? sum + amountMinor : sum - amountMinor),
    0n,
  )
  return net === 0n
}

/**
 * A machine passes on no more than it took; a payment company gives back no more than it has: by
 * what is posted, and with what is pending.
 */
function isAllowed([path, sums]: [string, ForeseenSums]): boolean {
  const [posted, all] = [sums.credits - sums.debits, balanceOf(sums)]
  if (path.startsWith('device:')) return posted >= 0n && all >= 0n
  return path.startsWith('psp:') ? posted <= 0n && all <= 0n : true
}
