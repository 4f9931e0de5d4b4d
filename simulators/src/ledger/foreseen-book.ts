/**
 * What a book must say, foreseen while its transfers are made up: a running sum for each account
 * and the rules in words of its own. It shares no code with the writer that it is held against.
 */
import type { PostingResult } from '@tillproof/cloud/money/ledger/draft-batch.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'

export type Outcome = PostingResult['outcome']
export type ForeseenSums = { debits: bigint; credits: bigint }
export type ForeseenBook = {
  /** Posted sums by account path. */
  sums: ReadonlyMap<string, ForeseenSums>
  /** What becomes of a new transfer; the sums are afterwards as if it had been booked so. */
  foresee(legs: readonly JournalLeg[]): Outcome
  /** Credits less debits. */
  balance(path: string): bigint
}

export function foreseenBook(): ForeseenBook {
  const sums = new Map<string, ForeseenSums>()
  const sumsOf = (path: string) => sums.get(path) ?? { debits: 0n, credits: 0n }
  return {
    sums,
    balance: path => sumsOf(path).credits - sumsOf(path).debits,
    foresee(legs) {
      if (!isEven(legs)) return 'unbalanced'
      const after = new Map<string, ForeseenSums>()
      for (const { account, side, amountMinor } of legs) {
        const { debits, credits } = after.get(account) ?? sumsOf(account)
        const isDebit = side === 'debit'
        after.set(account, {
          debits: debits + (isDebit ? amountMinor : 0n),
          credits: credits + (isDebit ? 0n : amountMinor),
        })
      }
      if (![...after].every(isAllowed)) return 'rule-broken'
      for (const [path, each] of after) sums.set(path, each)
      return 'posted'
    },
  }
}

function isEven(legs: readonly JournalLeg[]): boolean {
  const net = legs.reduce(
    (sum, { side, amountMinor }) => (side === 'debit' ? sum + amountMinor : sum - amountMinor),
    0n,
  )
  return net === 0n
}

/** A machine passes on no more than it took; a payment company gives back no more than it has. */
function isAllowed([path, { debits, credits }]: [string, ForeseenSums]): boolean {
  if (path.startsWith('device:')) return debits <= credits
  return path.startsWith('psp:') ? credits <= debits : true
}
